import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import { createLogger } from '@insights/runtime/logger'
import { expect, test } from 'vitest'
import type { Retries } from './retry-while-away.ts'
import { takeOneByOne } from './take-one-by-one.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const retries = {
  whileAway: async (_batch, attempt) => {
    const outcome = await attempt()
    return outcome.ok ? outcome.value : null
  },
} as Retries

/** A partition of records, and processes that store them one after the other until one is through. */
function createPartition(offsets: number[], isBad: (offset: number) => boolean) {
  let committed: { offset: number | null; metadata: string | null } = { offset: null, metadata: null }
  const stored = new Set<number>()
  const refused: number[] = []

  async function runProcess(): Promise<'done' | 'crashed'> {
    const lease = { epoch: 1, signal: new AbortController().signal }
    const commit = (_lease: unknown, [position]: { offset: number; metadata?: string }[]) => {
      committed = { offset: position?.offset ?? null, metadata: position?.metadata ?? null }
      return Promise.resolve('committed' as const)
    }
    const onBatch = takeOneByOne({
      name: 'projector',
      handle: async (batch, { refusal, keepPosition = false } = {}) => {
        const last = batch.records.at(-1)?.offset ?? 0
        if (refusal !== undefined) refused.push(refusal.record.offset)
        else if (batch.records.some(({ offset }) => isBad(offset))) throw new Error('a bug')
        else for (const { offset } of batch.records) stored.add(offset)
        if (!keepPosition) await commit(lease, [{ offset: last + 1 }])
      },
      commit: commit as never,
      committed: () => Promise.resolve(new Map([[0, committed]])),
      retries,
      log,
    })
    const records = offsets.filter((offset) => offset >= (committed.offset ?? 0))
    const batch = {
      topic: 'insights.produced',
      partition: 0,
      records: records.map((offset) => ({ offset })),
      nextOffset: (records.at(-1) ?? 0) + 1,
      lease,
    } as RecordBatch
    try {
      if (records.length > 0) await onBatch(batch)
      return 'done'
    } catch {
      return 'crashed'
    }
  }
  return { runProcess, stored, refused, position: () => committed.offset }
}

test('(I8) a record that no process can store ends two of them; the third gives it up and stores all others', async () => {
  const { runProcess, stored, refused, position } = createPartition([3, 4, 5, 6], (offset) => offset === 5)
  const ends = [await runProcess(), await runProcess(), await runProcess()]
  expect({ ends, stored: [...stored].toSorted(), refused, position: position() }).toEqual({
    ends: ['crashed', 'crashed', 'done'],
    stored: [3, 4, 6],
    refused: [5],
    position: 7,
  })
})

test('(I8) so does one at the head of its batch, and each of several', async () => {
  const { runProcess, stored, refused } = createPartition([0, 1, 2, 3], (offset) => offset === 0 || offset === 2)
  const ends = []
  for (let processes = 0; processes < 5; processes++) ends.push(await runProcess())
  expect({ ends, stored: [...stored].toSorted(), refused }).toEqual({
    ends: ['crashed', 'crashed', 'crashed', 'crashed', 'done'],
    stored: [1, 3],
    refused: [0, 2],
  })
})

test('(I2) when nothing at all can be stored no record is to blame, however often the process ends', async () => {
  let isBroken = true
  const { runProcess, stored, refused } = createPartition([0, 1, 2], () => isBroken)
  for (let processes = 0; processes < 10; processes++) expect(await runProcess()).toBe('crashed')
  isBroken = false
  expect({ end: await runProcess(), stored: [...stored], refused }).toEqual({
    end: 'done',
    stored: [0, 1, 2],
    refused: [],
  })
})
