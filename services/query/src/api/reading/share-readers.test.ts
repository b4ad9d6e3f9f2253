import { expect, test } from 'vitest'
import type { Database, Reader } from './open-database.ts'
import { shareReaders } from './share-readers.ts'

const database: Pick<Database, 'read'> = { read: (query) => query({} as Reader) }

test('of dear queries a few run at once, the oldest that waits gives way to the newest, and cheap ones pass them', async () => {
  const readers = shareReaders({ cheap: database, dear: database, dearAtOnce: 2, mostWaiting: 3 })
  const gate = Promise.withResolvers<void>()
  const ran: number[] = []
  const read = (i: number) =>
    readers.dear(async () => {
      ran.push(i)
      await gate.promise
      return i
    })
  const reads = [0, 1, 2, 3, 4, 5, 6].map(read)
  expect(await Promise.all(reads.slice(2, 4))).toEqual([{ kind: 'shed' }, { kind: 'shed' }])
  expect(await readers.cheap(async () => 'cheap')).toBe('cheap')
  expect(ran).toEqual([0, 1])
  gate.resolve()
  const values = [0, 1, 4, 5, 6].map((value) => ({ kind: 'read', value }))
  expect((await Promise.all(reads)).filter(({ kind }) => kind === 'read')).toEqual(values)
})

test('a query that fails gives its turn on', async () => {
  const readers = shareReaders({ cheap: database, dear: database, dearAtOnce: 1, mostWaiting: 3 })
  const failing = readers.dear(() => Promise.reject(new Error('refused')))
  const next = readers.dear(async () => 'next')
  await expect(failing).rejects.toThrow('refused')
  expect(await next).toEqual({ kind: 'read', value: 'next' })
  expect(await readers.dear(async () => 'later')).toEqual({ kind: 'read', value: 'later' })
})
