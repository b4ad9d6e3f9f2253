import { afterEach, describe, expect, test, vi } from 'vitest'
import fc from 'fast-check'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import { createCommitter } from './commit-settled.ts'
import { lease, owned } from '../work/work.fixture.ts'

type Position = { partition: number; offset: number }
type Result = 'committed' | 'lost' | 'unavailable'

/** A commit whose answers the test gives, one after the other. */
function manualCommit() {
  const sent: { under: number; offsets: Position[]; answer(result: Result): Promise<void> }[] = []
  const commit = ({ epoch }: Lease, offsets: Position[]) =>
    new Promise<Result>((resolve) => {
      sent.push({
        under: epoch,
        offsets: offsets.map(({ partition, offset }) => ({ partition, offset })),
        answer: async (result) => {
          resolve(result)
          await new Promise(setImmediate)
        },
      })
    })
  return { sent, commit }
}
const onCrash = (error: unknown) => {
  throw error
}
function ours(partition: number, ...inWork: number[]) {
  const one = owned(partition, inWork[0] ?? 0)
  for (const offset of inWork) one.tracker.admit(offset)
  return one
}
function create(under: Lease | null = lease()) {
  const { sent, commit } = manualCommit()
  const committer = createCommitter({ commit, onCrash, retryMs: 0 })
  if (under !== null) committer.renew(under)
  const settle = (one: ReturnType<typeof owned>, ...offsets: number[]) =>
    committer.settle(offsets.map((offset) => ({ owned: one, offset })))
  return { sent, ...committer, settle }
}

afterEach(() => void vi.useRealTimers())

describe('commits', () => {
  test('(I5) nothing is committed before it is settled; then the low watermark, and above it what is settled', async () => {
    const { sent, settle, flushed } = create()
    const mine = ours(0, 5, 6, 7)
    expect(sent).toEqual([])
    settle(mine, 6)
    expect(sent.map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 5 }]])
    expect(mine.tracker.commit()?.metadata).not.toBe('')
    settle(mine, 5)
    await sent[0]?.answer('committed')
    expect(sent[1]?.offsets).toEqual([{ partition: 0, offset: 7 }])
    await sent[1]?.answer('committed')
    await flushed()
    expect([sent.length, mine.tracker.inFlight(), mine.settled]).toEqual([2, 1, 2])
  })

  test('one commit is in flight at a time; what settles meanwhile goes with the next, of all partitions', async () => {
    const { sent, settle, flushed } = create()
    const [first, other] = [ours(0, 1, 2, 3), ours(4, 40)]
    settle(first, 1)
    settle(first, 2)
    settle(other, 40)
    expect(sent).toHaveLength(1)
    await sent[0]?.answer('committed')
    expect(sent[1]?.offsets).toEqual([
      { partition: 0, offset: 3 },
      { partition: 4, offset: 41 },
    ])
    await sent[1]?.answer('committed')
    await flushed()
    expect(sent).toHaveLength(2)
  })

  test('what settles in one turn, outcomes that were published together, is one commit', async () => {
    const { sent, commit } = manualCommit()
    const beforeCommit = () => new Promise<void>((resolve) => setImmediate(resolve))
    const committer = createCommitter({ commit, onCrash, beforeCommit })
    committer.renew(lease())
    const [first, other] = [ours(0, 1, 2), ours(4, 40)]
    committer.settle([{ owned: first, offset: 1 }])
    await Promise.resolve()
    committer.settle([{ owned: other, offset: 40 }])
    await beforeCommit()
    expect(sent[0]?.offsets).toEqual([
      { partition: 0, offset: 2 },
      { partition: 4, offset: 41 },
    ])
    await sent[0]?.answer('committed')
    await committer.flushed()
    expect(sent).toHaveLength(1)
  })

  test('a commit that was not acknowledged is made again, with what has settled since', async () => {
    const { sent, settle, flushed } = create()
    const mine = ours(0, 1, 2)
    settle(mine, 1)
    settle(mine, 2)
    await sent[0]?.answer('unavailable')
    await expect.poll(() => sent.length).toBe(2)
    expect(sent[1]?.offsets).toEqual([{ partition: 0, offset: 3 }])
    await sent[1]?.answer('committed')
    await flushed()
  })

  test('while the broker is away in a rebalance, commits are tried at intervals, not in a tight loop', async () => {
    vi.useFakeTimers()
    const under = lease()
    let tries = 0
    const { settle, renew } = createCommitter({
      commit: () => Promise.resolve(++tries > 1_000 ? 'committed' : 'unavailable'),
      onCrash,
      retryMs: 1_000,
    })
    renew(under)
    under.lose()
    settle([{ owned: ours(0, 1), offset: 1 }])
    await vi.advanceTimersByTimeAsync(2_500)
    expect(tries).toBe(3)
  })

  test('before the first assignment nothing is sent, after it everything', async () => {
    const { sent, settle, renew } = create(null)
    settle(ours(0, 1), 1)
    expect(sent).toEqual([])
    renew(lease(1))
    expect(sent.map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 2 }]])
  })

  test('(I2) a move over offsets without records is committed too', () => {
    const { sent, advance } = create()
    const mine = owned(0, 5)
    mine.tracker.missing(5, 8)
    advance(mine)
    expect(sent[0]?.offsets).toEqual([{ partition: 0, offset: 8 }])
  })

  test('(I9) an unknown error crashes', async () => {
    const crashed = Promise.withResolvers<unknown>()
    const committer = createCommitter({ commit: () => Promise.reject(new Error('odd')), onCrash: crashed.resolve })
    committer.renew(lease())
    committer.settle([{ owned: ours(0, 1), offset: 1 }])
    expect(await crashed.promise).toMatchObject({ message: 'odd' })
  })
})

describe('commits across rebalances', () => {
  test('one that a rebalance refuses is made again in the next generation, for what is still ours', async () => {
    const { sent, settle, renew, flushed } = create(lease(1))
    const [kept, lost] = [ours(0, 1, 2), ours(4, 40)]
    settle(kept, 1)
    settle(lost, 40)
    await sent[0]?.answer('lost')
    await flushed()
    settle(kept, 2)
    lost.lose()
    expect(sent).toHaveLength(2)
    expect(sent[1]).toMatchObject({ under: 1 })
    await sent[1]?.answer('lost')
    renew(lease(2))
    expect(sent[2]).toMatchObject({ under: 2, offsets: [{ partition: 0, offset: 3 }] })
    await sent[2]?.answer('committed')
    await flushed()
    expect(sent).toHaveLength(3)
  })

  test('a refusal that comes when the next generation has begun is made good at once', async () => {
    const { sent, settle, renew, flushed } = create(lease(1))
    settle(ours(0, 1), 1)
    renew(lease(2))
    expect(sent).toHaveLength(1)
    await sent[0]?.answer('lost')
    expect(sent[1]).toMatchObject({ under: 2, offsets: [{ partition: 0, offset: 2 }] })
    await sent[1]?.answer('committed')
    await flushed()
  })

  test('(I5) of a lost partition nothing is settled and nothing committed, also what was waiting for its commit', async () => {
    const { sent, settle, flushed } = create()
    const [mine, lost] = [ours(0, 1), ours(4, 40, 41)]
    settle(mine, 1)
    settle(lost, 40)
    lost.lose()
    settle(lost, 41)
    await sent[0]?.answer('committed')
    await flushed()
    expect(sent).toHaveLength(1)
    expect([lost.tracker.inFlight(), lost.settled]).toEqual([1, 1])
  })

  test('a stop waits for the commits under way, and for no generation that may never come', async () => {
    const { sent, settle, flushed } = create()
    settle(ours(0, 1), 1)
    let done = false
    const waiting = flushed().then(() => (done = true))
    await new Promise(setImmediate)
    expect(done).toBe(false)
    await sent[0]?.answer('lost')
    await waiting
  })
})

/** What a broker does with a commit: takes it, refuses it, or takes it or not without an answer. */
const Fate = fc.constantFrom('takes' as const, 'refuses' as const, 'drops' as const, 'takes silently' as const)
const Step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), fate: Fate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), partition: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const) }) },
)

test('(I2, I5) whatever settles, is lost, refused or renewed: no commit goes backward, all that is ours is committed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { maxLength: 60 }), async (steps) => {
      const positions = new Map<number, number>()
      const settled = new Set<string>()
      const pending: ((fate: 'takes' | 'refuses' | 'drops' | 'takes silently') => void)[] = []
      let epoch = 1
      let most = 0
      const backward: number[] = []
      const committer = createCommitter({
        onCrash,
        retryMs: 0,
        commit: (under, offsets) => {
          for (const { partition, offset } of offsets) {
            expect(partitions[partition]?.lost.aborted).toBe(false)
            for (let below = 0; below < offset; below++) expect(settled).toContain(`${partition}:${below}`)
          }
          return new Promise((resolve) => {
            pending.push((fate) => {
              const isTaken = under.epoch === epoch && fate.startsWith('takes')
              if (isTaken)
                for (const { partition, offset } of offsets) {
                  if ((positions.get(partition) ?? 0) > offset) backward.push(offset)
                  positions.set(partition, offset)
                }
              if (fate === 'takes') return resolve(isTaken ? 'committed' : 'lost')
              resolve(fate === 'refuses' ? 'lost' : 'unavailable')
            })
            most = Math.max(most, pending.length)
          })
        },
      })
      const partitions = [0, 1, 2].map((partition) => ours(partition, ...Array.from({ length: 10 }, (_, i) => i)))
      const open = partitions.flatMap((one) => Array.from({ length: 10 }, (_, offset) => ({ owned: one, offset })))
      let current = lease(epoch)
      const renew = () => {
        current.lose()
        current = lease(++epoch)
        committer.renew(current)
      }
      const settle = (which: number) => {
        const [place] = open.splice(which % open.length, 1)
        if (place === undefined) return
        settled.add(`${place.owned.partition}:${place.offset}`)
        committer.settle([place])
      }
      committer.renew(current)
      for (const step of steps) {
        if (step.do === 'settle') settle(step.which)
        else if (step.do === 'answer') pending.shift()?.(step.fate)
        else if (step.do === 'lose') partitions[step.partition]?.lose()
        else renew()
        await new Promise(setImmediate)
      }
      while (open.length > 0) settle(0)
      renew()
      for (let quiet = 0; quiet < 3; quiet = pending.length > 0 ? 0 : quiet + 1) {
        pending.shift()?.('takes')
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      await committer.flushed()
      expect([most <= 1, backward]).toEqual([true, []])
      const ends = partitions.filter(({ lost }) => !lost.aborted).map(({ partition }) => positions.get(partition))
      expect(ends).toEqual(ends.map(() => 10))
    }),
    { numRuns: 60 },
  )
})
