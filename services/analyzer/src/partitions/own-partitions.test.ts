import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import { createLogger } from '@insights/runtime/logger'
import { encodeSettled } from './encode-settled.ts'
import { createOwnership } from './own-partitions.ts'
import type { CommittedOffset } from './track-offsets.ts'
import { lease } from '../work/work.fixture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const TOPIC = 'conversations.received'
const tick = () => vi.advanceTimersByTimeAsync(0)
const at = (offset: number, ...runs: number[]) => ({ offset, metadata: encodeSettled(offset, runs) })
const commits = (...entries: [number, CommittedOffset][]) => new Map(entries)

/** The consumer's part is written down; the group's commits are answered when the test says so. */
function create({ onReady = () => {} } = {}) {
  const steps: string[] = []
  const lost: number[] = []
  const crashes: unknown[] = []
  const asked: PromiseWithResolvers<Map<number, CommittedOffset>>[] = []
  const names = (partitions: readonly { partition: number }[]) => partitions.map(({ partition }) => partition).join()
  const ownership = createOwnership({
    topic: TOPIC,
    consumer: {
      pause: (partitions) => void (partitions.length > 0 && steps.push(`pause ${names(partitions)}`)),
      resume: (partitions) => void (partitions.length > 0 && steps.push(`resume ${names(partitions)}`)),
      seek: ({ partition }, offset) => void steps.push(`seek ${partition} to ${offset}`),
    },
    reader: {
      committed: () => {
        const answer = Promise.withResolvers<Map<number, CommittedOffset>>()
        asked.push(answer)
        return answer.promise
      },
    },
    onReady: () => {
      steps.push('ready')
      onReady()
    },
    onCrash: (error) => crashes.push(error),
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  ownership.start({
    onLost: (ones) => lost.push(...ones.map(({ partition, lost: { aborted } }) => (aborted ? partition : NaN))),
  })
  const assign = (under: Lease, partitions: number[], { continued = true } = {}) =>
    ownership.onAssigned({
      lease: under,
      partitions: partitions.map((partition) => ({ topic: TOPIC, partition })),
      memberId: 'm',
      continued,
      partitionCounts: {},
    })
  /** Assigned and read to the end. */
  const take = async (under: Lease, partitions: number[], committed = commits()) => {
    assign(under, partitions)
    asked.at(-1)?.resolve(committed)
    await tick()
    steps.length = 0
  }
  const own = (partition: number) => {
    const one = ownership.get(partition)
    if (one === undefined) throw new Error(`partition ${partition} is not ours`)
    return one
  }
  return { ...ownership, own, steps, lost, crashes, asked, assign, take }
}

describe('a partition that is new', () => {
  test('(I2, I5) waits for its commit; then it begins where its owner before left off, with what that one settled', async () => {
    const { steps, asked, assign, get, own } = create()
    assign(lease(), [2, 3], { continued: false })
    expect([steps, get(2)]).toEqual([['pause 2,3'], undefined])
    asked[0]?.resolve(commits([2, at(10, 2, 3)], [3, { offset: null, metadata: null }]))
    await tick()
    expect(steps).toEqual(['pause 2,3', 'seek 2 to 10', 'resume 2,3', 'ready'])
    expect(own(2)).toMatchObject({ readFrom: 10, farthest: 10, settled: 0 })
    expect([10, 11, 12, 14, 15].filter(own(2).tracker.wants)).toEqual([10, 11, 15])
    expect(own(3)).toMatchObject({ readFrom: null, farthest: 0 })
  })

  test('while the commits cannot be read it waits, and what is kept goes on', async () => {
    const { steps, asked, assign, take, get } = create()
    await take(lease(1), [0])
    assign(lease(2), [0, 1])
    asked[1]?.reject(new Error('coordinator is loading'))
    await tick()
    expect([steps, get(0)?.lost.aborted, get(1)]).toEqual([['pause 1'], false, undefined])
    await vi.advanceTimersByTimeAsync(500)
    asked[2]?.resolve(commits([1, at(7)]))
    await tick()
    expect(steps.slice(1)).toEqual(['seek 1 to 7', 'resume 1', 'ready'])
  })

  test('a rebalance while the commits are read: they are read again under the next assignment, and only then', async () => {
    const { steps, asked, assign, get, own } = create()
    const first = lease(1)
    assign(first, [0, 1])
    first.lose()
    assign(lease(2), [0])
    asked[0]?.resolve(commits([0, at(5)], [1, at(5)]))
    await tick()
    expect([get(0), get(1), steps]).toEqual([undefined, undefined, ['pause 0,1', 'pause 0']])
    asked[1]?.resolve(commits([0, at(8)]))
    await tick()
    expect([own(0).readFrom, get(1)]).toEqual([8, undefined])
    expect(steps.slice(2)).toEqual(['seek 0 to 8', 'resume 0', 'ready'])
  })

  test('a rebalance ends the wait for another try at once, and leaves no timer', async () => {
    const { asked, assign } = create()
    const first = lease(1)
    assign(first, [0])
    asked[0]?.reject(new Error('away'))
    await tick()
    first.lose()
    await tick()
    expect([vi.getTimerCount(), asked.length]).toEqual([0, 1])
  })

  test('partitions of other topics are nothing to us', async () => {
    const { onAssigned, asked, all } = create()
    onAssigned({
      lease: lease(),
      partitions: [{ topic: 'other', partition: 0 }],
      memberId: 'm',
      continued: true,
      partitionCounts: {},
    })
    asked[0]?.resolve(commits([0, at(1)]))
    await tick()
    expect(all()).toEqual([])
  })

  test('(I9) an error of our own is a crash, not one more try', async () => {
    const onReady = () => {
      throw new Error('our bug')
    }
    const { asked, assign, crashes } = create({ onReady })
    assign(lease(), [0])
    asked[0]?.resolve(commits())
    await vi.advanceTimersByTimeAsync(2_000)
    expect([crashes, asked.length]).toMatchObject([[{ message: 'our bug' }], 1])
  })
})

describe('a partition that stays', () => {
  test('(I2) keeps all it knows and is read on, not from its commit again', async () => {
    const { steps, asked, assign, take, own, lost } = create()
    await take(lease(1), [0], commits([0, at(10)]))
    const before = own(0)
    for (const offset of [10, 11, 12]) before.tracker.admit(offset)
    before.tracker.settle(11)
    assign(lease(2), [0])
    expect(steps).toEqual(['seek 0 to 13'])
    expect(own(0)).toBe(before)
    expect(before.readFrom).toBe(13)
    asked[1]?.resolve(commits([0, at(10, 2, 1)]))
    await tick()
    expect(own(0)).toBe(before)
    expect([10, 11, 12, 13].filter(before.tracker.wants)).toEqual([13])
    before.tracker.settle(10)
    expect(before.tracker.commit()?.offset).toBe(13)
    expect([before.lost.aborted, lost, steps.at(-1)]).toEqual([false, [], 'ready'])
  })

  test('what was put off of it is read again, as the tracker says', async () => {
    const { steps, assign, take, own } = create()
    await take(lease(1), [0], commits([0, at(10)]))
    own(0).tracker.admit(10)
    own(0).tracker.putOff(11)
    own(0).tracker.admit(12)
    assign(lease(2), [0])
    expect(steps).toEqual(['seek 0 to 11'])
  })

  test('a commit of another owner in a generation between is joined to what we know', async () => {
    const { asked, assign, take, own } = create()
    await take(lease(1), [0], commits([0, at(10)]))
    own(0).tracker.admit(10)
    own(0).tracker.admit(11)
    assign(lease(2), [0])
    asked[1]?.resolve(commits([0, at(11, 1, 2)]))
    await tick()
    expect([10, 11, 12, 13, 14].filter(own(0).tracker.wants)).toEqual([14])
    own(0).tracker.settle(11)
    expect(own(0).tracker.commit()?.offset).toBe(14)
  })
})

describe('a partition that goes', () => {
  test('is lost before any handler hears of it, and comes back as a new one', async () => {
    const { assign, asked, take, get, own, lost, all } = create()
    await take(lease(1), [0, 1], commits([1, at(5)]))
    const before = own(1)
    assign(lease(2), [0])
    expect([before.lost.aborted, lost, get(1), all().map((one) => one.partition)]).toEqual([true, [1], undefined, [0]])
    assign(lease(3), [0, 1])
    asked.at(-1)?.resolve(commits([1, at(9)]))
    await tick()
    expect(own(1)).not.toBe(before)
    expect(own(1).readFrom).toBe(9)
  })

  test('(I2) a member that was out of the group forgets everything, also what it owns again', async () => {
    const { steps, assign, asked, take, own, lost, get } = create()
    await take(lease(1), [0, 1], commits([0, at(5)]))
    own(0).tracker.admit(5)
    assign(lease(2), [0, 1], { continued: false })
    expect([lost, get(0), steps]).toEqual([[0, 1], undefined, ['pause 0,1']])
    asked[1]?.resolve(commits([0, at(20)]))
    await tick()
    expect([own(0).readFrom, own(0).tracker.inFlight()]).toEqual([20, 0])
  })
})

test('reading moves, and how far it ever was is kept', async () => {
  const { steps, take, own, readOnAt } = create()
  await take(lease(), [0], commits([0, at(5)]))
  readOnAt(own(0), 30)
  readOnAt(own(0), 12)
  expect(own(0)).toMatchObject({ readFrom: 12, farthest: 30 })
  expect(steps).toEqual(['seek 0 to 30', 'seek 0 to 12'])
})

test('a partition that was created again: what is known of it is forgotten, and it is read from its beginning', async () => {
  const { steps, take, own, restart, lost } = create()
  await take(lease(), [0], commits([0, at(50)]))
  const before = own(0)
  before.tracker.admit(50)
  restart(before, 3)
  expect([before.lost.aborted, lost, steps]).toEqual([true, [0], ['seek 0 to 3']])
  expect(own(0)).toMatchObject({ readFrom: 3, farthest: 3, settled: 0 })
  expect(own(0).tracker.commit()).toEqual({ offset: 3, metadata: '' })
})
