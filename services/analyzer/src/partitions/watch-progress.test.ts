import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createProgressWatch, type PartitionProgress, type ProgressWatch } from './watch-progress.ts'

const STALL_MS = 60_000
const STEP_MS = 5_000
const create = () => createProgressWatch({ stallMs: STALL_MS })
const at = (partition: number, committed: number, more: Partial<PartitionProgress> = {}): PartitionProgress => ({
  partition,
  committed,
  end: 100,
  settled: 0,
  ...more,
})

/** Observes every 5 s for `forMs` from `from` on; the end's time and what was found at each step. */
function watch(
  progressWatch: ProgressWatch,
  from: number,
  forMs: number,
  see: (now: number) => { partitions: PartitionProgress[] | null; pausedReason?: string | null },
) {
  const found: (string | null)[] = []
  let now = from
  for (; now <= from + forMs; now += STEP_MS) {
    progressWatch.observe({ now, pausedReason: null, ...see(now) })
    found.push(progressWatch.finding(now))
  }
  return { now, found, last: found.at(-1) ?? null }
}
const stuck = () => ({ partitions: [at(3, 40)] })
const nothing = (found: (string | null)[]) => found.every((finding) => finding === null)

describe('(I9) the liveness of the analyzer', () => {
  test('work that waits while nothing of its partition settles is found after the time, not before', () => {
    const progressWatch = create()
    const { found } = watch(progressWatch, 0, STALL_MS, stuck)
    expect(nothing(found.slice(0, -1))).toBe(true)
    expect(found.at(-1)).toBe('partition 3: 60 records wait, nothing settled for 60 s')
  })

  test('it is found between two observations too, and while more records arrive', () => {
    const progressWatch = create()
    watch(progressWatch, 0, 50_000, (now) => ({ partitions: [at(3, 40, { end: 100 + now })] }))
    expect(progressWatch.finding(59_999)).toBeNull()
    expect(progressWatch.finding(60_000)).toContain('partition 3')
  })

  test('one wedged partition is not hidden by others that move', () => {
    const progressWatch = create()
    const { last } = watch(progressWatch, 0, 120_000, (now) => ({
      partitions: [at(1, 0, { settled: now }), at(2, 7), at(4, now, { end: now + 50 })],
    }))
    expect(last).toBe('partition 2: 93 records wait, nothing settled for 120 s')
  })

  test.each<[string, (now: number) => PartitionProgress]>([
    ['its commit moves', (now) => at(0, Math.floor(now / 50_000))],
    ['records settle behind a slow one', (now) => at(0, 1, { settled: Math.floor(now / 50_000) })],
    ['nothing waits in it', () => at(0, 100)],
    ['it waits only now and then', (now) => at(0, now % 50_000 === 0 ? 100 : 90)],
  ])('a partition is well while %s', (_, progress) => {
    expect(nothing(watch(create(), 0, 3_600_000, (now) => ({ partitions: [progress(now)] })).found)).toBe(true)
  })

  test('a declared pause of hours is no stall, and the clocks go on after it from where they stood', () => {
    const progressWatch = create()
    const before = watch(progressWatch, 0, 30_000, stuck)
    const pause = watch(progressWatch, before.now, 7_200_000, () => ({ ...stuck(), pausedReason: 'no credits' }))
    expect(nothing([...before.found, ...pause.found])).toBe(true)
    const { found } = watch(progressWatch, pause.now, 25_000, stuck)
    expect(found.map((finding) => finding !== null)).toEqual([false, false, false, false, false, true])
  })

  test('a pause that is declared when a partition is already wedged says why nothing is done, until it ends', () => {
    const progressWatch = create()
    const { now } = watch(progressWatch, 0, STALL_MS, stuck)
    progressWatch.observe({ now, pausedReason: 'no credits', ...stuck() })
    expect(progressWatch.finding(now)).toBeNull()
    progressWatch.observe({ now, pausedReason: null, ...stuck() })
    expect(progressWatch.finding(now)).toContain('partition 3')
  })

  test('time in which nothing was waiting does not count when something comes', () => {
    const progressWatch = create()
    const idle = watch(progressWatch, 0, 3_600_000, () => ({ partitions: [at(3, 40, { end: 40 })] }))
    const { found } = watch(progressWatch, idle.now, STALL_MS, stuck)
    expect(found.findIndex((finding) => finding !== null)).toBe(STALL_MS / STEP_MS)
  })

  test('pauses that come again and again do not hide a wedged partition', () => {
    const { found } = watch(create(), 0, 600_000, (now) => ({
      ...stuck(),
      pausedReason: Math.floor(now / 20_000) % 2 === 1 ? 'rate limited' : null,
    }))
    expect(found.some((finding) => finding?.includes('partition 3'))).toBe(true)
  })

  test('while the broker cannot be asked nothing is added to a stall, and it is not ended', () => {
    const progressWatch = create()
    const before = watch(progressWatch, 0, 40_000, stuck)
    const blind = watch(progressWatch, before.now, 3_600_000, () => ({ partitions: null }))
    expect(nothing([...before.found, ...blind.found])).toBe(true)
    const { found } = watch(progressWatch, blind.now, 20_000, stuck)
    expect(found.map((finding) => finding !== null)).toEqual([false, false, false, false, true])
  })

  test('what was found stays found while the broker cannot be asked', () => {
    const progressWatch = create()
    const { now } = watch(progressWatch, 0, STALL_MS, stuck)
    progressWatch.observe({ now, pausedReason: null, partitions: null })
    expect(progressWatch.finding(now + 1_000_000)).toContain('partition 3')
  })

  test('a process that was stopped for long is not found wedged when it goes on', () => {
    const progressWatch = create()
    watch(progressWatch, 0, 10_000, stuck)
    expect(progressWatch.finding(1_000_000)).toBeNull()
    progressWatch.observe({ now: 1_000_000, pausedReason: null, ...stuck() })
    expect(progressWatch.finding(1_000_000)).toBeNull()
  })

  test('a partition that moved away is forgotten, and starts from nothing when it comes back', () => {
    const progressWatch = create()
    const moving = (now: number) => ({ ...at(9, 0), settled: now })
    const first = watch(progressWatch, 0, 55_000, (now) => ({ partitions: [at(3, 40), moving(now)] }))
    const away = watch(progressWatch, first.now, 0, (now) => ({ partitions: [moving(now)] }))
    const back = watch(progressWatch, away.now, 55_000, (now) => ({ partitions: [at(3, 40), moving(now)] }))
    expect(nothing([...first.found, ...away.found, ...back.found])).toBe(true)
  })

  test('partitions that come and go do not hide that nothing settles anywhere', () => {
    const { found } = watch(create(), 0, STALL_MS, (now) => ({
      partitions: [at(Math.floor(now / 20_000), 40), at(50 + Math.floor(now / 20_000), 90)],
    }))
    expect(nothing(found.slice(0, -1))).toBe(true)
    expect(found.at(-1)).toBe('70 records wait in 2 partitions, nothing settled anywhere for 60 s')
  })

  test('a member without partitions is well', () => {
    expect(nothing(watch(create(), 0, 600_000, () => ({ partitions: [] })).found)).toBe(true)
  })

  test('whatever settles at least once in the time is never found, however the rest behaves', () => {
    const step = fc.record({
      ms: fc.nat(14_000),
      paused: fc.boolean(),
      blind: fc.boolean(),
      ends: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const progressWatch = create()
        let now = 0
        for (const { ms, paused, blind, ends } of steps) {
          now += ms
          const settled = Math.floor(now / 40_000)
          const partitions = blind ? null : ends.map((end, partition) => ({ partition, end, committed: 0, settled }))
          progressWatch.observe({ now, pausedReason: paused ? 'paused' : null, partitions })
          expect(progressWatch.finding(now)).toBeNull()
        }
      }),
    )
  })
})
