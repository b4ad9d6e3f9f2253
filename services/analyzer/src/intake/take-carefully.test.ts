import { addMark, endedBy, MAX_ENDED } from '@insights/runtime/kafka/consume/crash-marks'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCommitter } from '../partitions/commit-settled.ts'
import { createCarefulTaking } from './take-carefully.ts'
import { createOwnedPartition } from '../partitions/owned-partition.ts'
import type { CommittedOffset } from '../partitions/track-offsets.ts'
import { lease } from '../work/work.fixture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** `throws`: an error that the process still sees. `dies`: a hang or a kill, after which it does nothing more. */
type Kind = 'good' | 'throws' | 'dies'

/**
 * A partition and the processes that own it one after the other: each takes in what is unsettled until a record ends
 * it.
 */
function createPartition(kinds: readonly Kind[], { settleAfter = Infinity } = {}) {
  let committed: CommittedOffset = { offset: null, metadata: null }
  const settled = new Set<number>()
  const givenUp: number[] = []
  const deaths: number[] = []
  let commits = 0

  /** True when the process took in everything. It is asked to stop while its `stopAt`th commit is in flight. */
  async function runProcess({ stopAt = Infinity } = {}): Promise<boolean> {
    const mine = createOwnedPartition({ topic: 'conversations.received', partition: 0, ...committed })
    let isAlive = true
    let commitsHere = 0
    const stop = new AbortController()
    const committer = createCommitter({
      commit: (_lease, [position]) => {
        if (!isAlive || position === undefined) return new Promise(() => {})
        commits++
        if (++commitsHere === stopAt) stop.abort()
        committed = { offset: position.offset, metadata: position.metadata ?? null }
        return Promise.resolve('committed')
      },
      onCrash: () => {},
    })
    committer.renew(lease())
    const careful = createCarefulTaking({ mark: committer.mark })
    const settle = (offset: number) => {
      committer.settle([{ owned: mine, offset }])
      settled.add(offset)
    }
    const taken: number[] = []
    const end = (offset: number) => {
      deaths.push(offset)
      isAlive = false
    }
    await careful.begin(mine, 0, [stop.signal])
    for (const [offset, kind] of kinds.entries()) {
      if (!mine.tracker.wants(offset)) continue
      const take = async () => {
        mine.tracker.admit(offset)
        taken.push(offset)
        if (endedBy(mine.caution, offset) >= MAX_ENDED) {
          givenUp.push(offset)
          settle(offset)
        } else if (kind === 'throws') throw new Error('a bug')
        else if (kind === 'dies') {
          end(offset)
          await new Promise(() => {})
        }
        return {}
      }
      const taking = careful.take(mine, offset, [stop.signal], take).then(
        () => 'taken',
        () => 'threw',
      )
      const how = await Promise.race([taking, vi.advanceTimersByTimeAsync(5_000).then(() => 'stuck')])
      if (how === 'threw') end(offset)
      if (!isAlive) return false
      if (stop.signal.aborted) {
        await committer.flushed()
        return false
      }
      if (taken.length > settleAfter) settle(taken.shift() ?? 0)
    }
    for (const offset of taken) settle(offset)
    await committer.flushed()
    return true
  }

  return { runProcess, settled, givenUp, deaths, commits: () => commits, committed: () => committed }
}

test('(I8) a record whose error is caught ends two processes; the third gives it up and goes on', async () => {
  const { runProcess, settled, givenUp, deaths } = createPartition(['good', 'throws', 'good'])
  expect([await runProcess(), await runProcess(), await runProcess()]).toEqual([false, false, true])
  expect({ settled: [...settled].toSorted(), givenUp, deaths }).toEqual({
    settled: [0, 1, 2],
    givenUp: [1],
    deaths: [1, 1],
  })
})

test('(I8) a record that ends the process without a word is found, and given up by the fourth', async () => {
  const { runProcess, settled, givenUp, deaths } = createPartition(['good', 'good', 'dies', 'good'])
  const ends = [await runProcess(), await runProcess(), await runProcess(), await runProcess()]
  expect({ ends, settled: [...settled].toSorted(), givenUp, deaths }).toEqual({
    ends: [false, false, false, true],
    settled: [0, 1, 2, 3],
    givenUp: [2],
    deaths: [2, 2, 2],
  })
})

test('without trouble one commit more is made, and nothing is left of its mark', async () => {
  const { runProcess, commits, committed } = createPartition(['good', 'good', 'good'])
  await runProcess() // the mark, the first that settles, the others
  expect({ commits: commits(), committed: committed() }).toEqual({ commits: 3, committed: { offset: 3, metadata: '' } })
})

test('(I2) a partition that is lost while its mark is being committed takes nothing in', async () => {
  const metadata = addMark('', { kind: 'taking', offset: 7, ended: 0 })
  const mine = createOwnedPartition({ topic: 'conversations.received', partition: 0, offset: 0, metadata })
  const ended = new AbortController()
  const careful = createCarefulTaking({ mark: () => new Promise(() => {}) })
  const beginning = careful.begin(mine, 0, [ended.signal])
  ended.abort()
  expect(await beginning).toBe(false)
  expect(await careful.take(mine, 0, [ended.signal], () => Promise.reject(new Error('taken in')))).toBeUndefined()
})

test('(I2, I8) whatever records end processes, however: all others are taken in, each bad one ends a few', async () => {
  const kinds = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Kind>('good') },
      { weight: 1, arbitrary: fc.constant<Kind>('throws') },
      { weight: 1, arbitrary: fc.constant<Kind>('dies') },
    ),
    { minLength: 1, maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(kinds, fc.constantFrom(1, 3, Infinity), async (records, settleAfter) => {
      const partition = createPartition(records, { settleAfter })
      const bad = records.flatMap((kind, offset) => (kind === 'good' ? [] : [offset]))
      let processes = 1
      while (!(await partition.runProcess())) if (++processes > 4 * bad.length + 1) break
      expect({
        settled: partition.settled.size,
        givenUp: [...new Set(partition.givenUp)].toSorted((a, b) => a - b),
      }).toEqual({
        settled: records.length,
        givenUp: bad,
      })
    }),
    { numRuns: 100 },
  )
})

test('(I2) a record whose process is stopped or replaced while it is taken in is not to blame, however often', async () => {
  for (let stopAt = 1; stopAt < 8; stopAt++) {
    const partition = createPartition(['good', 'good', 'good'])
    for (let processes = 0; processes < 6; processes++) await partition.runProcess({ stopAt })
    expect({ stopAt, end: await partition.runProcess(), givenUp: partition.givenUp }).toEqual({
      stopAt,
      end: true,
      givenUp: [],
    })
  }
})
