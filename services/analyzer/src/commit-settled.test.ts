import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger } from './commit-settled.ts'
import { lease, record } from './work.fixture.ts'

type Committed = { partition: number; offset: number }
type Result = 'committed' | 'lost' | 'unavailable'

/** A commit whose answers the test gives, one after the other. */
function manualCommit() {
  const sent: { offsets: Committed[]; answer(result: Result): Promise<void> }[] = []
  const commit = (_lease: unknown, offsets: Committed[]) =>
    new Promise<Result>((resolve) => {
      const plain = offsets.map(({ partition, offset }) => ({ partition, offset }))
      sent.push({
        offsets: plain,
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

describe('the ledger', () => {
  test('(I5) commits nothing before it is settled, and then the low watermark', async () => {
    const { sent, commit } = manualCommit()
    const ledger = createLedger({ commit, onCrash })
    const mine = lease()
    for (const offset of [5, 6, 7]) expect(ledger.admit(mine, record(offset))).toBe(true)
    ledger.settle(mine, [record(6)])
    expect(sent).toEqual([])
    ledger.settle(mine, [record(5)])
    expect(sent.map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 7 }]])
    await sent[0]?.answer('committed')
    await ledger.flushed()
    expect(sent).toHaveLength(1)
    expect(ledger.inFlight()).toBe(1)
  })

  test('one commit is on its way at a time; what settles meanwhile goes with the next', async () => {
    const { sent, commit } = manualCommit()
    const ledger = createLedger({ commit, onCrash })
    const mine = lease()
    for (const offset of [1, 2, 3]) ledger.admit(mine, record(offset))
    ledger.admit(mine, record(40, { partition: 4 }))
    ledger.settle(mine, [record(1)])
    ledger.settle(mine, [record(2)])
    ledger.settle(mine, [record(40, { partition: 4 })])
    expect(sent).toHaveLength(1)
    await sent[0]?.answer('committed')
    expect(sent[1]?.offsets).toEqual([
      { partition: 0, offset: 3 },
      { partition: 4, offset: 41 },
    ])
    await sent[1]?.answer('committed')
    await ledger.flushed()
    expect(sent).toHaveLength(2)
  })

  test('a commit that was not acknowledged is sent again', async () => {
    const { sent, commit } = manualCommit()
    const ledger = createLedger({ commit, onCrash, retryMs: 0 })
    const mine = lease()
    ledger.admit(mine, record(1))
    ledger.settle(mine, [record(1)])
    await sent[0]?.answer('unavailable')
    await expect.poll(() => sent.length).toBe(2)
    expect(sent[1]?.offsets).toEqual(sent[0]?.offsets)
    await sent[1]?.answer('committed')
    await ledger.flushed()
  })

  test('of a lost generation nothing is admitted and nothing committed', async () => {
    const { sent, commit } = manualCommit()
    const ledger = createLedger({ commit, onCrash })
    const lost = lease(1)
    const mine = lease(2)
    ledger.admit(lost, record(1))
    lost.lose()
    ledger.settle(lost, [record(1)])
    expect(ledger.admit(lost, record(2))).toBe(false)
    expect(ledger.admit(mine, record(1))).toBe(true)
    expect(sent).toEqual([])
    expect(ledger.inFlight()).toBe(1)
  })

  test('a commit of an old generation that hangs does not keep the new one from committing', async () => {
    const { sent, commit } = manualCommit()
    const ledger = createLedger({ commit, onCrash })
    const lost = lease(1)
    const mine = lease(2)
    ledger.admit(lost, record(1))
    ledger.settle(lost, [record(1)])
    lost.lose()
    ledger.admit(mine, record(1))
    ledger.settle(mine, [record(1)])
    expect(sent).toHaveLength(1)
    await sent[0]?.answer('lost')
    expect(sent[1]?.offsets).toEqual([{ partition: 0, offset: 2 }])
    await sent[1]?.answer('committed')
    await ledger.flushed()
  })

  test('(I2) whatever settles in whatever order, everything is committed in the end and never goes backward', async () => {
    const places = fc.uniqueArray(fc.tuple(fc.nat(2), fc.nat(30)), { minLength: 1, selector: ([p, o]) => `${p}:${o}` })
    await fc.assert(
      fc.asyncProperty(places, fc.infiniteStream(fc.nat()), async (drawn, draws) => {
        const committed = new Map<number, number>()
        const settled = new Set<string>()
        const ledger = createLedger({
          onCrash,
          commit: async (_lease, offsets) => {
            await Promise.resolve()
            for (const { partition, offset } of offsets) {
              expect(offset).toBeGreaterThan(committed.get(partition) ?? -1)
              const below = drawn.filter(([p, o]) => p === partition && o < offset).map(([p, o]) => `${p}:${o}`)
              expect(below.every((place) => settled.has(place))).toBe(true)
              committed.set(partition, offset)
            }
            return 'committed'
          },
        })
        const mine = lease()
        const open = drawn.toSorted(([, a], [, b]) => a - b).map(([partition, offset]) => record(offset, { partition }))
        for (const place of open) ledger.admit(mine, place)
        while (open.length > 0) {
          const place = open.splice((draws.next().value as number) % open.length, 1)[0] as (typeof open)[number]
          settled.add(`${place.partition}:${place.offset}`)
          ledger.settle(mine, [place])
          if ((draws.next().value as number) % 2 === 0) await Promise.resolve()
        }
        await ledger.flushed()
        for (const [partition] of drawn) {
          const highest = Math.max(...drawn.filter(([p]) => p === partition).map(([, offset]) => offset))
          expect(committed.get(partition)).toBe(highest + 1)
        }
      }),
    )
  })
})
