import { describe, expect, test } from 'vitest'
import { createRoom } from './room.ts'

const forever = new AbortController().signal

describe('(I8) the room for conversations in work', () => {
  test('bounds records and bytes; who waits gets in when somebody leaves, first come first served', async () => {
    const room = createRoom({ maxRecords: 2, maxBytes: 100 })
    const entered: string[] = []
    const enter = (name: string, bytes: number) => room.enter(bytes, forever).then(() => entered.push(name))
    await enter('a', 40)
    await enter('b', 40)
    const waiting = [enter('c', 60), enter('d', 10)]
    room.leave(40)
    expect(entered).toEqual(['a', 'b'])
    room.leave(40)
    await Promise.all(waiting)
    expect(entered).toEqual(['a', 'b', 'c', 'd'])
    expect(room.used()).toEqual({ records: 2, bytes: 70 })
  })

  test('one record larger than the whole room gets in when it is empty', async () => {
    const room = createRoom({ maxRecords: 10, maxBytes: 100 })
    expect(await room.enter(10, forever)).toBe(true)
    const large = room.enter(5_000, forever)
    room.leave(10)
    expect(await large).toBe(true)
  })

  test('who gives up waiting takes no place and blocks nobody', async () => {
    const room = createRoom({ maxRecords: 10, maxBytes: 100 })
    await room.enter(80, forever)
    const lost = new AbortController()
    const large = room.enter(90, lost.signal)
    const small = room.enter(20, forever)
    lost.abort()
    expect(await large).toBe(false)
    expect(await small).toBe(true)
    expect(room.used()).toEqual({ records: 2, bytes: 100 })
    expect(await room.enter(1, lost.signal)).toBe(false)
  })
})
