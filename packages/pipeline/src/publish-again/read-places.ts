import type { OffsetRange } from '@insights/runtime/kafka/admin'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { TopicId } from '@insights/schemas/topics'
import type { Candidate } from './candidate.ts'
import type { ReadTopic } from './open-topics.ts'

type Range = Pick<OffsetRange, 'partition' | 'from' | 'end'>

/** Hands over the records at the places of the candidates, with what lies between them read and passed over. */
export async function readPlaces<C extends Candidate>(
  topic: TopicId,
  candidates: readonly C[],
  read: ReadTopic,
  onRecord: (candidate: C, record: ConsumedRecord) => Promise<void>,
): Promise<void> {
  const wanted = new Map(candidates.map((candidate) => [`${candidate.partition}@${candidate.offset}`, candidate]))
  await read(topic, { ranges: rangesOf(candidates) }, async (records) => {
    for (const record of records) {
      const candidate = wanted.get(`${record.partition}@${record.offset}`)
      if (candidate !== undefined) await onRecord(candidate, record)
    }
  })
}

function rangesOf(candidates: readonly Candidate[]): Range[] {
  const ranges = new Map<number, Range>()
  for (const { partition, offset } of candidates) {
    const range = ranges.get(partition) ?? { partition, from: offset, end: offset + 1 }
    range.from = Math.min(range.from, offset)
    range.end = Math.max(range.end, offset + 1)
    ranges.set(partition, range)
  }
  return [...ranges.values()]
}
