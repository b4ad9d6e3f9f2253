import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SpendingSignal } from '../signals.ts'
import { NOTHING } from './ledger-sum.ts'
import { createLedgerWriter } from './ledger-writer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What changes is a revision; the test acknowledges. */
function create({ restMs = 1_000 } = {}) {
  let revision = 0
  let acknowledged = 0
  const sent: number[] = []
  const set = { restMs }
  let underway: PromiseWithResolvers<boolean> | null = null
  const of = (signals: readonly SpendingSignal[]) => signals[0]?.spending?.revision ?? 0
  const writer = createLedgerWriter({
    pending: () =>
      revision > acknowledged
        ? [{ day: 'd', member: 'm', spending: { ...NOTHING, revision } }]
        : ([] as SpendingSignal[]),
    publish: (signals) => {
      expect(underway).toBeNull()
      sent.push(of(signals))
      underway = Promise.withResolvers<boolean>()
      return underway.promise
    },
    acknowledged: (signals) => (acknowledged = of(signals)),
    restMs: () => set.restMs,
    later: (run, ms) => void setTimeout(run, ms),
  })
  const change = () => {
    revision++
    writer.wake()
  }
  const answer = async (isWritten: boolean | Error) => {
    const current = underway
    underway = null
    if (isWritten instanceof Error) current?.reject(isWritten)
    else current?.resolve(isWritten)
    await pass(0)
  }
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { writer, set, sent, change, answer, pass }
}

describe('writing what is spent', () => {
  test('the first change is written at once, those that follow together, in their newest state', async () => {
    const { sent, change, answer, pass } = create()
    change()
    expect(sent).toEqual([1])
    for (let i = 0; i < 500; i++) change()
    await answer(true)
    for (let i = 0; i < 500; i++) change()
    await pass(999)
    expect(sent).toEqual([1])
    await pass(1)
    expect(sent).toEqual([1, 1_001])
    await answer(true)
    await pass(60_000)
    expect([sent, vi.getTimerCount()]).toEqual([[1, 1_001], 0])
  })

  test('what was not acknowledged is tried until it is, ever less often, but within seconds', async () => {
    const { sent, change, answer, pass } = create()
    change()
    for (const failure of [false, new Error('away'), false, false, false, false, false]) {
      await answer(failure)
      await pass(5_000)
    }
    expect(sent.length).toBe(8)
    change()
    await answer(true)
    await pass(1_000)
    expect(sent.at(-1)).toBe(2)
  })

  test('a stop writes the last state, over what is under way, at rest or refused once', async () => {
    const { writer, sent, change, answer, pass } = create()
    change()
    change()
    let stopped = false
    const stopping = writer.stop().then(() => (stopped = true))
    await answer(true)
    expect([sent, stopped]).toEqual([[1, 2], false])
    await answer(false)
    await pass(250)
    expect(sent).toEqual([1, 2, 2])
    await answer(true)
    await stopping
    change()
    await pass(10_000)
    expect(sent).toEqual([1, 2, 2])
  })

  test('a stop with nothing to write takes no time, and one without an answer two seconds', async () => {
    await create().writer.stop()
    const { writer, change, pass, sent } = create()
    change()
    change()
    let stopped = false
    void writer.stop().then(() => (stopped = true))
    await pass(1_999)
    expect(stopped).toBe(false)
    await pass(1)
    expect([stopped, sent]).toEqual([true, [1]])
  })
})
