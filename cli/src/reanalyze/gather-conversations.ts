import { recordBytes, type ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Codec } from '@insights/schemas/codec'
import { keyText } from '@insights/schemas/events/check-key'
import { firstOriginOf } from '@insights/schemas/events/first-origin'
import type { Origin } from '@insights/schemas/events/origin'
import { CommandFault } from '../describe-fault.ts'
import type { Candidate } from '@insights/pipeline/publish-again/candidate'
import { compareOrigins } from '@insights/schemas/events/compare-origins'
import type { ReadTopic } from '@insights/pipeline/publish-again/open-topics'
import { readSubmission } from '@insights/pipeline/publish-again/read-submission'
import type { Window } from './reanalyze-options.ts'

export interface Submitted extends Candidate {
  id: string
  /** When the submission was last published again (epoch ms); null when it was not. */
  republishedAt: number | null
}

/**
 * Of each conversation that was submitted in the window, the newest submission in it that can be read. `firstAt` has
 * the append (epoch ms) of the first record that was read of a partition.
 * @throws CommandFault when there are more than `most`, or the registry is away
 */
export async function gatherConversations(options: {
  read: ReadTopic
  codec: Pick<Codec, 'decode'>
  window: Window
  most: number
}): Promise<{ submitted: Submitted[]; firstAt: Map<number, number> }> {
  const { read, codec, window, most } = options
  const kept = new Map<string, Submitted>()
  const firstAt = new Map<number, number>()
  await read('conversationsReceived', { since: window.since }, async (records) => {
    for (const record of records) {
      if (!firstAt.has(record.partition)) firstAt.set(record.partition, record.appendedAt)
      const id = keyText(record.key)
      const first = firstOriginOf(record)
      if (id === null || first.kind === 'invalid' || !isIn(window, first.origin)) continue
      const other = kept.get(id)
      if (other !== undefined && compareOrigins(first.origin, other.origin) < 0) continue
      const origin = await readSubmission(record, codec)
      if (origin === null) continue
      kept.set(id, toSubmitted(id, origin, record, other))
      if (kept.size > most) throw new CommandFault(tooMany(most))
    }
  })
  return { submitted: [...kept.values()], firstAt }
}

const tooMany = (most: number): string =>
  `more than ${most.toLocaleString('en-US')} conversations were submitted in that time: take a part of it, with --until`

const isIn = ({ since, until }: Window, { appended_at }: Origin): boolean =>
  appended_at >= since && (until === null || appended_at < until)

function toSubmitted(id: string, origin: Origin, record: ConsumedRecord, other: Submitted | undefined): Submitted {
  const { topic, partition, offset, appendedAt } = record
  const isRepeated = origin.partition !== partition || origin.offset !== offset || origin.topic !== topic
  const isSame = other !== undefined && compareOrigins(origin, other.origin) === 0
  const republishedAt = isRepeated ? appendedAt : isSame ? other.republishedAt : null
  return {
    id,
    // One text for all: a million texts of their own would be in memory.
    origin: { ...origin, topic: origin.topic === topic ? topic : origin.topic },
    partition,
    offset,
    bytes: recordBytes(record),
    republishedAt,
  }
}
