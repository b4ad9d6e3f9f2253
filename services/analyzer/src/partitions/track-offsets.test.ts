import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeSettled, encodeSettled } from './encode-settled.ts'
import { toRanges } from './offset-ranges.ts'
import { type CommittedOffset, createOffsetTracker, type OffsetTracker } from './track-offsets.ts'

const NOTHING: CommittedOffset = { offset: null, metadata: null }
const at = (offset: number, ...runs: number[]) => ({ offset, metadata: encodeSettled(offset, runs) })
const runsOf = (tracker: OffsetTracker) => {
  const commit = tracker.commit()
  return commit === null ? null : [commit.offset, ...decodeSettled(commit.offset, commit.metadata)]
}

describe('the offsets of a partition', () => {
  test('before anything was read or committed there is nothing to commit', () => {
    const tracker = createOffsetTracker(NOTHING)
    expect([tracker.next(), tracker.frontier(), tracker.commit()]).toEqual([null, null, null])
    tracker.settle(3)
    tracker.merge(NOTHING)
    expect(tracker.commit()).toBeNull()
    expect(tracker.wants(0)).toBe(true)
  })

  test('the first record ever read is where the partition begins', () => {
    const tracker = createOffsetTracker(NOTHING)
    tracker.admit(40)
    expect([tracker.next(), tracker.frontier(), runsOf(tracker)]).toEqual([41, 41, [40]])
    tracker.settle(40)
    expect(runsOf(tracker)).toEqual([41])
  })

  test('(I2) what comes a second time is not taken into work again', () => {
    const tracker = createOffsetTracker(at(3))
    for (const offset of [3, 4]) tracker.admit(offset)
    tracker.settle(4)
    expect([2, 3, 4, 5].map(tracker.wants)).toEqual([false, false, false, true])
    tracker.admit(3)
    tracker.putOff(3)
    tracker.putOff(4)
    expect([tracker.inFlight(), tracker.owed(), runsOf(tracker)]).toEqual([1, 0, [3, 1, 1]])
  })

  test('(I2, I5) the next owner reads what was not settled, and only that', () => {
    const first = createOffsetTracker(at(10))
    for (let offset = 10; offset < 20; offset++) first.admit(offset)
    for (const offset of [12, 13, 17]) first.settle(offset)
    const second = createOffsetTracker(first.commit() ?? NOTHING)
    expect([second.next(), second.frontier(), second.owed(), second.inFlight()]).toEqual([10, 18, 5, 0])
    expect([9, 10, 11, 12, 13, 14, 15, 16, 17, 18].filter(second.wants)).toEqual([10, 11, 14, 15, 16, 18])
    expect(second.commit()).toEqual(first.commit())
  })

  test('a record put off is the next to read, and holds the commit', () => {
    const tracker = createOffsetTracker(at(0))
    tracker.putOff(0)
    tracker.admit(1)
    tracker.settle(1)
    expect([tracker.next(), tracker.owed(), tracker.wants(0), runsOf(tracker)]).toEqual([0, 1, true, [0, 1, 1]])
    tracker.admit(0)
    expect([tracker.next(), tracker.owed()]).toEqual([2, 0])
    tracker.settle(0)
    expect(runsOf(tracker)).toEqual([2])
  })

  test('(I2) offsets jumped over unread are owed, until reading meets no record there', () => {
    const tracker = createOffsetTracker(at(5))
    tracker.admit(8)
    tracker.settle(8)
    expect([tracker.next(), tracker.owed(), runsOf(tracker)]).toEqual([5, 3, [5, 3, 1]])
    tracker.missing(5, 8)
    expect([tracker.next(), tracker.owed(), runsOf(tracker)]).toEqual([9, 0, [9]])
  })

  test('offsets without a record settle what was owed there, not what is in work, and move the frontier', () => {
    const tracker = createOffsetTracker(at(0))
    tracker.putOff(1)
    tracker.admit(2)
    tracker.putOff(3)
    tracker.missing(0, 10)
    expect([tracker.next(), tracker.owed(), tracker.inFlight(), runsOf(tracker)]).toEqual([10, 0, 1, [2]])
    tracker.settle(2)
    expect(runsOf(tracker)).toEqual([10])
    tracker.missing(12, 14)
    expect([tracker.next(), tracker.frontier(), tracker.owed()]).toEqual([10, 14, 2])
  })

  test('a hole between records put off stays owed until one of them is in work', () => {
    const tracker = createOffsetTracker(at(0))
    tracker.putOff(0)
    tracker.missing(1, 3)
    tracker.putOff(3)
    expect(tracker.owed()).toBe(4)
    tracker.admit(0)
    tracker.missing(1, 3)
    expect([tracker.owed(), tracker.next()]).toEqual([1, 3])
  })

  test('a join takes over what others settled, in work and owed, and owes what they left', () => {
    const tracker = createOffsetTracker(at(0))
    for (const offset of [0, 1, 2]) tracker.admit(offset)
    for (const offset of [3, 4, 5]) tracker.putOff(offset)
    tracker.merge(at(1, 1, 2, 1, 1, 10, 5))
    expect([tracker.inFlight(), tracker.owed(), tracker.frontier()]).toEqual([1, 11, 21])
    expect(runsOf(tracker)).toEqual([1, 1, 2, 1, 1, 10, 5])
    tracker.settle(0)
    tracker.settle(1)
    expect(runsOf(tracker)).toEqual([4, 1, 1, 10, 5])
  })

  test('(I2) a commit below ours changes nothing, nor does one whose metadata cannot be read', () => {
    const tracker = createOffsetTracker(at(20, 4, 3))
    tracker.admit(20)
    const before = [tracker.commit(), tracker.inFlight(), tracker.owed(), tracker.frontier()]
    const foreign = ['NO_METADATA', 'x'.repeat(5_000), encodeSettled(21, [1, 5]), null].map((metadata) => ({
      offset: 20,
      metadata,
    }))
    for (const stale of [NOTHING, at(3), at(18, 6, 2), at(20), ...foreign]) tracker.merge(stale)
    expect([tracker.commit(), tracker.inFlight(), tracker.owed(), tracker.frontier()]).toEqual(before)
  })

  test('(I2) a commit beyond the frontier moves it, and nothing below is in work any more', () => {
    const tracker = createOffsetTracker(at(0))
    tracker.admit(0)
    tracker.merge({ offset: 50, metadata: 'what is this' })
    expect([tracker.inFlight(), tracker.next(), runsOf(tracker)]).toEqual([0, 50, [50]])
  })

  test('(I2, I5) joining commits gives the same in any order, and twice is once', () => {
    const commits = fc
      .tuple(fc.nat(20), fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))))
      .map(([offset, pairs]) => at(offset, ...pairs.flat()))
    fc.assert(
      fc.property(fc.array(commits, { minLength: 1, maxLength: 5 }), (all) => {
        const one = createOffsetTracker(NOTHING)
        const other = createOffsetTracker(NOTHING)
        for (const commit of all) one.merge(commit)
        for (const commit of [...all, ...all].toReversed()) other.merge(commit)
        expect(other.commit()).toEqual(one.commit())
        expect(other.owed()).toBe(one.owed())
        expect(other.frontier()).toBe(one.frontier())
      }),
    )
  })
})

describe('(I8) memory and metadata are bounded', () => {
  test('two million records put off in a row cost nothing, and 200,000 behind them pass', () => {
    const tracker = createOffsetTracker(at(0))
    for (let offset = 0; offset < 2_000_000; offset++) tracker.putOff(offset)
    const window: number[] = []
    let longest = 0
    let refused = 0
    for (let i = 0; i < 200_000; i++) {
      const offset = 2_000_000 + i
      if (!tracker.fits(offset)) refused++
      tracker.admit(offset)
      window.push(offset)
      if (window.length === 40) tracker.settle(window.splice((i * 7) % 40, 1)[0] ?? 0)
      if (i % 100 === 0) longest = Math.max(longest, tracker.commit()?.metadata.length ?? 0)
    }
    expect(refused).toBe(0)
    expect(tracker.owed()).toBe(2_000_000)
    expect(tracker.inFlight()).toBe(39)
    expect(longest).toBeLessThan(10 + 5 + 40 * 4)
    for (const offset of window) tracker.settle(offset)
    expect(runsOf(tracker)).toEqual([0, 2_000_000, 200_000])
  })

  test('a transaction marker behind each record put off costs nothing either', () => {
    const tracker = createOffsetTracker(at(0))
    for (let offset = 0; offset < 500_000; offset += 2) {
      tracker.putOff(offset)
      tracker.missing(offset + 1, offset + 2)
    }
    tracker.admit(500_000)
    tracker.settle(500_000)
    for (let offset = 0; offset < 500_000; offset += 2) {
      tracker.putOff(offset) // no space yet: read over once more
      tracker.missing(offset + 1, offset + 2)
    }
    expect(tracker.commit()?.metadata.length).toBeLessThan(20)
    expect(tracker.next()).toBe(0)
  })

  test('where not one run more has space, the lowest offset still gets in, whether there is a record or none', () => {
    const full = at(0, 100, 40, 100, 40)
    const tracker = createOffsetTracker(full, full.metadata.length)
    expect([tracker.fits(0), tracker.fits(50)]).toEqual([true, false])
    tracker.merge(at(0, 40, 20)) // together they are too long
    expect(runsOf(tracker)).toEqual([0, 40, 20, 40, 40])
    expect([tracker.fits(0), tracker.fits(1)]).toEqual([true, false])
    tracker.missing(0, 5)
    expect(tracker.next()).toBe(5)
    expect(tracker.fits(5)).toBe(true)
  })

  test('2,000 calls in flight fit at any distance from the lowest one, and the metadata keeps to 4,096 characters', () => {
    const tracker = createOffsetTracker(at(0))
    tracker.admit(0)
    let offset = 1
    for (; offset < 1_000_000; offset++) {
      tracker.admit(offset)
      tracker.settle(offset)
    }
    for (; tracker.fits(offset) && offset < 1_100_000; offset++) {
      tracker.admit(offset)
      if (offset % 2 === 1) tracker.settle(offset)
    }
    expect(tracker.inFlight()).toBeGreaterThan(2_000)
    expect(tracker.commit()?.metadata.length).toBeGreaterThan(4_080)
    expect(tracker.commit()?.metadata.length).toBeLessThanOrEqual(4_096)
    tracker.settle(0)
    expect(tracker.fits(offset)).toBe(true) // all that is left is less than 24,000 offsets long: a bitmap has space
  })

  test('a long block is taken out of order until the metadata is full, then from the lowest on, which always fits', () => {
    const tracker = createOffsetTracker(at(0))
    for (let offset = 0; offset < 1_000_000; offset++) tracker.putOff(offset)
    let offset = 999_999
    for (; tracker.fits(offset) && offset > 500_000; offset -= 100) {
      tracker.admit(offset)
      tracker.settle(offset)
    }
    const full = tracker.commit()?.metadata ?? ''
    expect(decodeSettled(0, full).filter((run) => run === 1).length).toBeGreaterThan(1_300)
    for (let lowest = 0; lowest < 200; lowest++) {
      expect(tracker.next()).toBe(lowest)
      expect(tracker.fits(lowest)).toBe(true)
      tracker.admit(lowest)
      expect(tracker.commit()?.metadata).toBe(
        encodeSettled(lowest, decodeSettled(0, full).with(0, offset + 100 - lowest)),
      )
      tracker.settle(lowest)
    }
  })
})

describe('(I2, I5, I8) any order of reading, admitting, putting off, settling, committing, crashes and joins', () => {
  const log = fc
    .tuple(fc.nat(3), fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 40 }))))
    .map(([start, steps]) => steps.map((_, i) => start + steps.slice(0, i).reduce((sum, step) => sum + step, 0)))
  const weighted = (weights: Record<string, number>) =>
    fc.oneof(...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) })))
  const steps = (weights: Record<string, number>) => fc.array(fc.tuple(weighted(weights), fc.nat()), { maxLength: 300 })
  const ordinary = { admit: 8, putOff: 4, settle: 6, commit: 3, seek: 1, crash: 1 }

  test('nothing is lost, nothing is committed too early, only what was in work is repeated, however little space there is', () => {
    const room = fc.integer({ min: 12, max: 40 })
    fc.assert(
      fc.property(log, steps(ordinary), room, (records, actions, maxMetadata) => {
        const world = createWorld(records, maxMetadata)
        for (const [action, draw] of actions) world.act(action, draw)
        expect(world.finish(actions[0]?.[1] ?? 1)).toEqual(allSettled(records))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a partition lost, advanced by another owner and joined again, with commits that were lost or come late', () => {
    const joins = { ...ordinary, away: 1, stale: 1, foreign: 1, loseCommit: 1 }
    fc.assert(
      fc.property(log, steps(joins), (records, actions) => {
        const world = createWorld(records, 4_096)
        for (const [action, draw] of actions) world.act(action, draw)
        expect(world.finish(actions[0]?.[1] ?? 1)).toEqual(allSettled(records))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a join of commits that together are too long claims less than is settled, and still comes to an end', () => {
    const joins = { ...ordinary, away: 2, stale: 1 }
    fc.assert(
      fc.property(log, steps(joins), fc.integer({ min: 12, max: 20 }), (records, actions, maxMetadata) => {
        const world = createWorld(records, maxMetadata, { exact: false })
        for (const [action, draw] of actions) world.act(action, draw)
        expect(world.finish(actions[0]?.[1] ?? 1)).toEqual(allSettled(records))
      }),
      { numRuns: 500 },
    )
  })
})

/** A member that owns the partition: where it reads, what it has in work, what its tracker knows to be settled. */
interface Owner {
  tracker: OffsetTracker
  position: number
  inWork: number[]
  knows: Set<number>
}

/**
 * A partition with these `records`, its committed offset, and its owner. `exact`: commits name everything that the
 * owner knows to be settled, as they must while only `fits` decides what gets in.
 */
function createWorld(records: number[], maxMetadata: number, { exact } = { exact: true }) {
  const end = (records.at(-1) ?? 0) + 1
  const effects = new Set<number>()
  const earlier: CommittedOffset[] = []
  let committed: CommittedOffset = NOTHING
  let owner = start()

  function start(): Owner {
    const tracker = createOffsetTracker(committed, maxMetadata)
    return { tracker, position: tracker.next() ?? 0, inWork: [], knows: claimed(committed) }
  }

  function claimed({ offset, metadata }: CommittedOffset): Set<number> {
    if (offset === null) return new Set()
    const ranges = toRanges(offset, decodeSettled(offset, metadata))
    return new Set(records.filter((record) => ranges.some((range) => range.start <= record && record < range.end)))
  }

  function read(putOff: boolean): void {
    const { tracker, position } = owner
    const record = records.find((offset) => offset >= position)
    if (position < (record ?? end)) tracker.missing(position, record ?? end)
    owner.position = record ?? end
    if (record === undefined) {
      seek()
      return
    }
    expect(tracker.wants(record)).toBe(!owner.knows.has(record) && !owner.inWork.includes(record))
    if (tracker.wants(record)) {
      if (!tracker.fits(record)) {
        if (owner.inWork.length > 0) return
        expect(tracker.next()).toBeLessThan(record) // or nothing would ever get in again
        seek()
        return
      }
      if (putOff) tracker.putOff(record)
      else {
        tracker.admit(record)
        owner.inWork.push(record)
      }
      expect(tracker.wants(record)).toBe(putOff)
    }
    owner.position = record + 1
  }

  function settle(draw: number): void {
    const [record] = owner.inWork.splice(draw % Math.max(1, owner.inWork.length), 1)
    if (record === undefined) return
    effects.add(record)
    owner.knows.add(record)
    owner.tracker.settle(record)
  }

  function seek(): void {
    owner.position = owner.tracker.next() ?? 0
  }

  function commit(arrives = true): void {
    const next = owner.tracker.commit()
    if (next === null) return
    expect(next.metadata.length).toBeLessThanOrEqual(maxMetadata)
    expect(next.offset).toBeGreaterThanOrEqual(committed.offset ?? 0)
    const claims = claimed(next)
    for (const record of claims) expect(effects.has(record)).toBe(true)
    if (exact) expect(claims).toEqual(owner.knows)
    if (!arrives) return
    earlier.push(committed)
    committed = next
  }

  function join(other: CommittedOffset): void {
    owner.tracker.merge(other)
    owner.knows = new Set([...owner.knows, ...claimed(other)])
    owner.inWork = owner.inWork.filter((record) => !owner.knows.has(record))
    expect(owner.tracker.inFlight()).toBe(owner.inWork.length)
    seek()
  }

  function act(action: string, draw: number): void {
    if (action === 'admit' || action === 'putOff') read(action === 'putOff')
    else if (action === 'settle') settle(draw)
    else if (action === 'seek') seek()
    else if (action === 'commit' || action === 'loseCommit') commit(action === 'commit')
    else if (action === 'crash') owner = start()
    else if (action === 'stale') join(earlier[draw % Math.max(1, earlier.length)] ?? NOTHING)
    else if (action === 'foreign') join({ offset: committed.offset, metadata: `x${draw}` })
    else away(draw)
    expect(owner.tracker.inFlight()).toBe(owner.inWork.length)
  }

  /**
   * Another owner takes over and works for a while. What the first had in work may yet have its effect, uncommitted.
   */
  function away(draw: number): void {
    const first = owner
    owner = start()
    for (let i = 0; i < draw % 30; i++)
      act(['admit', 'putOff', 'settle', 'admit', 'settle'][(draw >> i) % 5] ?? '', draw)
    commit()
    owner = first
    if (draw % 3 === 0) for (const record of owner.inWork) effects.add(record)
    join(committed)
  }

  /** From any state on, every record is settled after a number of steps that depends on the number of records alone. */
  function finish(seed: number) {
    const limit = 20 * (records.length + 10) ** 2
    let random = seed
    let step = 0
    for (; owner.knows.size < records.length && step < limit; step++) {
      random = (random * 48_271 + 11) % 2_147_483_647
      const isRoom = owner.inWork.length < 1 + (random % 7)
      if (random % 3 === 0) settle(random)
      else read(!isRoom)
      if (random % 5 === 0) commit()
    }
    expect(step).toBeLessThan(limit)
    for (let i = 0; i < records.length + 2; i++) read(false) // once more over everything: what is missing is noticed
    const { tracker } = owner
    return { commit: tracker.commit(), owed: tracker.owed(), inFlight: tracker.inFlight(), effects: effects.size }
  }

  return { act, finish }
}

const allSettled = (records: number[]) => ({
  commit: { offset: (records.at(-1) ?? 0) + 1, metadata: '' },
  owed: 0,
  inFlight: 0,
  effects: records.length,
})
