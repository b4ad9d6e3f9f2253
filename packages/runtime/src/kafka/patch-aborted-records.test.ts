import fc from 'fast-check'
import { expect, test } from 'vitest'
import { passOverAborted, type AbortedTransaction, type FetchedMessage } from './patch-aborted-records.ts'

type Step = { producerId: string; does: 'write' | 'commit' | 'abort' }

/** A log, the broker's list of what was aborted in it (in the order of the ends), and the offsets that count. */
function play(steps: readonly Step[]) {
  const messages: (FetchedMessage & { key: Buffer })[] = []
  const aborted: AbortedTransaction[] = []
  const committed: string[] = []
  const open = new Map<string, string[]>()
  for (const { producerId, does } of steps) {
    const offset = String(messages.length)
    const offsets = open.get(producerId) ?? []
    if (does !== 'write' && offsets.length === 0) continue
    const isControlRecord = does !== 'write'
    messages.push({ offset, isControlRecord, key: Buffer.alloc(4), batchContext: { producerId, inTransaction: true } })
    if (does === 'write') open.set(producerId, [...offsets, offset])
    else open.delete(producerId)
    if (does === 'commit') committed.push(...offsets)
    if (does === 'abort') aborted.push({ producerId, firstOffset: offsets[0] ?? '' })
  }
  return { messages, aborted, committed, undecided: new Set([...open.values()].flat()) }
}

const offsetsOf = (messages: readonly FetchedMessage[]) =>
  messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => offset)
const byNumber = (offsets: readonly string[]) => offsets.toSorted((a, b) => Number(a) - Number(b))

test('(I2) an aborted transaction that began before another and ended after it is passed over, and so is the other', () => {
  const { messages, aborted } = play([
    { producerId: '1', does: 'write' },
    { producerId: '2', does: 'write' },
    { producerId: '1', does: 'write' },
    { producerId: '2', does: 'abort' },
    { producerId: '1', does: 'write' },
    { producerId: '1', does: 'abort' },
    { producerId: '1', does: 'write' },
    { producerId: '1', does: 'commit' },
  ])
  expect(aborted.map(({ producerId }) => producerId)).toEqual(['2', '1'])
  passOverAborted(messages, aborted)
  expect(offsetsOf(messages)).toEqual(['6'])
})

test('(I2) whatever producers write, abort and commit, and wherever a fetch begins, what was committed remains', () => {
  const step = fc.record({
    producerId: fc.constantFrom('1', '2', '3'),
    does: fc.constantFrom('write', 'write', 'commit', 'abort'),
  })
  fc.assert(
    fc.property(fc.array(step as fc.Arbitrary<Step>, { maxLength: 60 }), fc.nat({ max: 60 }), (steps, from) => {
      const { messages, aborted, committed, undecided } = play(steps)
      const fetched = messages.filter(({ offset }) => Number(offset) >= from)
      // The broker gives no more than up to the first open transaction; here what is open does not matter.
      passOverAborted(fetched, overlapping(aborted, messages, from))
      const found = offsetsOf(fetched).filter((offset) => !undecided.has(offset))
      expect(found).toEqual(byNumber(committed.filter((offset) => Number(offset) >= from)))
    }),
  )
})

/** The list as the broker gives it for a fetch: those that ended before it are not in it. */
function overlapping(aborted: AbortedTransaction[], messages: readonly FetchedMessage[], from: number) {
  return aborted.filter(({ producerId, firstOffset }) => {
    const end = messages.find(
      ({ offset, isControlRecord, batchContext }) =>
        isControlRecord && batchContext?.producerId === producerId && Number(offset) > Number(firstOffset),
    )
    return Number(end?.offset) >= from
  })
}

test('messages without a transaction, and those from before there were any, are left as they are', () => {
  const plain: FetchedMessage[] = [
    { offset: '5', isControlRecord: false, batchContext: { producerId: '1', inTransaction: false } },
    { offset: '6', isControlRecord: false },
  ]
  passOverAborted(plain, [{ producerId: '1', firstOffset: '0' }])
  expect(offsetsOf(plain)).toEqual(['5', '6'])
})
