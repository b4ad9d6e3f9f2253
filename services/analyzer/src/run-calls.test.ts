import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '@insights/runtime/logger'
import type { Analysis } from './analyze-batch.ts'
import { createGatherer } from './gather-batch.ts'
import { createCallRunner } from './run-calls.ts'
import { createWeather } from './weather.ts'
import type { Work } from './work.ts'
import { lease, offsets, work } from './work.fixture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const decided = (again: Work[] = []): Analysis => ({
  kind: 'decided',
  outcomes: { accepted: [], failed: [], again },
  answeredBy: null,
  usage: null,
})

/** A runner whose calls the test answers; slots are free at once. */
function create({ maxInFlight = 4 } = {}) {
  const calls: { works: readonly Work[]; signal: AbortSignal; answer(analysis: Analysis): Promise<void> }[] = []
  const gone: number[] = []
  const monotonic = () => performance.now()
  const runner = createCallRunner({
    gatherer: createGatherer({ batchSize: 2, maxTokens: 1_000, flushMs: 750 }),
    pacer: { spacingMs: 0, schedule: async (job) => job(() => {}) },
    weather: createWeather({ backoffMs: 1_000, probeMs: 30_000, random: () => 0.5 }),
    maxInFlight,
    analyze: (works, { signal }) =>
      new Promise((resolve) => {
        const answer = async (analysis: Analysis) => {
          resolve(analysis)
          await vi.advanceTimersByTimeAsync(0)
        }
        calls.push({ works, signal, answer })
      }),
    gone: (works) => gone.push(...offsets(works)),
    onCrash: (error) => {
      throw error
    },
    log: createLogger({ service: 'test', level: 'silent' }),
    monotonic,
  })
  const add = (offset: number, more: Partial<Work> = {}) =>
    runner.add(work(offset, { waitingSince: monotonic(), ...more }))
  const sent = () => calls.map(({ works }) => offsets(works))
  return { runner, calls, gone, add, sent }
}

describe('bringing batches, slots and weather together', () => {
  test('a full batch leaves at once, a lone conversation when it has waited long enough', async () => {
    const { add, sent } = create()
    for (const offset of [1, 2, 3]) add(offset)
    await vi.advanceTimersByTimeAsync(749)
    expect(sent()).toEqual([[1, 2]])
    await vi.advanceTimersByTimeAsync(1)
    expect(sent()).toEqual([[1, 2], [3]])
  })

  test('many calls are in flight, and no more than allowed', async () => {
    const { add, sent, calls } = create({ maxInFlight: 2 })
    for (let offset = 0; offset < 6; offset++) add(offset)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent()).toEqual([
      [0, 1],
      [2, 3],
    ])
    await calls[1]?.answer(decided())
    expect(sent()[2]).toEqual([4, 5])
  })

  test('weather charges nobody: the same conversations go again after the cool-down, first one probe, then all', async () => {
    const { add, sent, calls } = create()
    for (let offset = 0; offset < 4; offset++) add(offset)
    await vi.advanceTimersByTimeAsync(0)
    const outage: Analysis = { kind: 'weather', reason: 'unavailable', detail: 'HTTP 503' }
    await calls[1]?.answer(outage)
    await calls[0]?.answer(outage)
    await vi.advanceTimersByTimeAsync(499)
    expect(sent()).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent().slice(2)).toEqual([[0, 1]])
    expect(calls[2]?.works.every(({ attempts }) => attempts === 0)).toBe(true)
    await calls[2]?.answer(decided())
    expect(sent().slice(3)).toEqual([[2, 3]])
  })

  test('what the answer left open goes again, before what came later', async () => {
    const { add, sent, calls } = create({ maxInFlight: 1 })
    for (let offset = 0; offset < 4; offset++) add(offset)
    await vi.advanceTimersByTimeAsync(0)
    await calls[0]?.answer(decided([work(1, { attempts: 1 })]))
    expect(sent()[1]).toEqual([1, 2])
  })

  test('of a lost generation nothing more is sent, and nothing of it comes back', async () => {
    const { runner, add, sent, calls, gone } = create({ maxInFlight: 1 })
    const lost = lease()
    for (let offset = 0; offset < 4; offset++) add(offset, { lease: lost })
    add(9)
    await vi.advanceTimersByTimeAsync(0)
    lost.lose()
    runner.drop(lost)
    expect(gone).toEqual([2, 3])
    await calls[0]?.answer({ kind: 'weather', reason: 'timeout', detail: '' })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(gone).toEqual([2, 3, 0, 1])
    expect(sent().slice(1)).toEqual([[9]])
  })

  test('a drain starts nothing, waits for what is in flight and gives it up at the deadline', async () => {
    const { runner, add, sent, calls } = create({ maxInFlight: 2 })
    for (let offset = 0; offset < 6; offset++) add(offset)
    await vi.advanceTimersByTimeAsync(0)
    let drained = false
    const draining = runner.drain(2_000).then(() => (drained = true))
    await calls[0]?.answer(decided())
    await vi.advanceTimersByTimeAsync(1_999)
    expect(drained).toBe(false)
    expect(calls[1]?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(calls[1]?.signal.aborted).toBe(true)
    await calls[1]?.answer({ kind: 'aborted' })
    await draining
    expect(sent()).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('(I8) idle, it holds no timer', async () => {
    const { add, calls } = create()
    add(1)
    await vi.advanceTimersByTimeAsync(1_000)
    await calls[0]?.answer(decided())
    expect(vi.getTimerCount()).toBe(0)
  })
})
