import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '@insights/runtime/logger'
import { createGroupFollower } from './follow-group.ts'
import type { ProgressObservation } from './watch-progress.ts'
import { owned } from '../work/work.fixture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function create() {
  const seen: ProgressObservation[] = []
  const set = {
    partitions: [owned(0), owned(1)],
    committed: new Map<number, { offset: number | null; metadata: string | null }>(),
    bounds: new Map<number, { low: number; high: number }>(),
    error: null as Error | null,
    pausedReason: null as string | null,
  }
  const answer = <T>(value: T) => (set.error === null ? Promise.resolve(value) : Promise.reject(set.error))
  const follower = createGroupFollower({
    reader: { committed: () => answer(set.committed), bounds: () => answer(set.bounds) },
    ownership: { all: () => set.partitions },
    watch: { observe: (observation) => void seen.push(observation), finding: () => null },
    pausedReason: () => set.pausedReason,
    monotonic: () => performance.now(),
    log: createLogger({ service: 'test', level: 'silent' }),
    everyMs: 10_000,
  })
  return { set, seen, ...follower, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

describe('following the group', () => {
  test('the broker is asked at once and then now and then, about our partitions only', async () => {
    const { set, seen, start, lag, pass } = create()
    set.committed = new Map([
      [0, { offset: 7, metadata: '' }],
      [1, { offset: 3, metadata: '' }],
      [2, { offset: 0, metadata: '' }],
    ])
    set.bounds = new Map([0, 1, 2].map((partition) => [partition, { low: 0, high: 10 }]))
    for (const one of set.partitions) for (let record = 0; record < 5; record++) one.settle(record)
    expect(lag()).toBeNull()
    start()
    start()
    await pass(0)
    expect(seen).toEqual([
      {
        now: expect.any(Number),
        pausedReason: null,
        partitions: [
          { partition: 0, settled: 5, end: 10, committed: 7 },
          { partition: 1, settled: 5, end: 10, committed: 3 },
        ],
      },
    ])
    expect(lag()).toEqual(
      new Map([
        [0, 3],
        [1, 7],
      ]),
    )
    await pass(20_000)
    expect(seen).toHaveLength(3)
  })

  test('what retention has deleted waits no longer, and nothing committed yet means from the beginning', async () => {
    const { set, seen, start, lag, pass } = create()
    set.committed = new Map([
      [0, { offset: 7, metadata: '' }],
      [1, { offset: null, metadata: null }],
    ])
    set.bounds = new Map([
      [0, { low: 50, high: 60 }],
      [1, { low: 4, high: 6 }],
    ])
    start()
    await pass(0)
    expect(seen[0]?.partitions?.map(({ committed }) => committed)).toEqual([50, 4])
    expect(lag()).toEqual(
      new Map([
        [0, 10],
        [1, 2],
      ]),
    )
  })

  test('a commit beyond the end, of a partition that was created again, is no negative lag', async () => {
    const { set, start, lag, pass } = create()
    set.partitions = [owned(0)]
    set.committed = new Map([[0, { offset: 99, metadata: '' }]])
    set.bounds = new Map([[0, { low: 0, high: 2 }]])
    start()
    await pass(0)
    expect(lag()).toEqual(new Map([[0, 0]]))
  })

  test('(I9) while the broker says nothing, the watch hears that, with the pause that is declared; it is asked on', async () => {
    const { set, seen, start, lag, pass } = create()
    start()
    await pass(0)
    set.error = new Error('away')
    set.pausedReason = 'registry'
    await pass(10_000)
    expect(seen.at(-1)).toMatchObject({ partitions: null, pausedReason: 'registry' })
    expect(lag()).toBeNull()
    set.error = null
    await pass(10_000)
    expect(lag()).not.toBeNull()
  })

  test('(I8) a stop ends it and leaves no timer', async () => {
    const { seen, start, stop, pass } = create()
    start()
    await pass(15_000)
    await stop()
    await pass(60_000)
    expect([seen.length, vi.getTimerCount()]).toEqual([2, 0])
  })

  test('a stop before the start is fine', async () => {
    const { seen, stop } = create()
    await stop()
    expect(seen).toEqual([])
  })
})
