import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { AnalysisFailed, FailureClass } from '@insights/schemas/events/analysis-failed'
import type { Codec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { PipelineFault } from '../pipeline-fault.ts'
import type { Candidate } from '../publish-again/candidate.ts'
import { compareOrigins } from '@insights/schemas/events/compare-origins'
import { SKIP_REASONS } from '../publish-again/facts.ts'
import type { ReadTopic } from '../publish-again/open-topics.ts'
import { isReadable, readOrFail } from '../publish-again/read-submission.ts'
import { ageOf } from '../publish-again/set-headers.ts'
import { add, type Tally } from '../publish-again/tally.ts'
import { failedPlaceOf, hashOf, newerPlace, type Place } from './find-copies.ts'
import { whyNotPublished } from './check-target.ts'
import { conversationOf, isSelected, type Selection } from './select-failures.ts'

export interface FailedOriginal extends Candidate {
  class: FailureClass
  /** Whether it goes to `conversations.received`; else to `insights.produced`. */
  isSubmitted: boolean
  /** Tells its bytes from others; empty where its origin does. */
  hash: string
  /** The newest record with it that is known to have failed. */
  failed: Place | null
  /** The newest record with it that was published again. */
  copy: Place | null
}

export interface Gathered {
  read: number
  selected: number
  originals: FailedOriginal[]
  /** Selected ids, of conversations and of failures, that no failure has. */
  unmatched: string[]
}

/**
 * Reads all failures and keeps one entry for each original that may be published: of several submissions of a
 * conversation the newest, and one of those that failed more than once. What is left is counted in `left`.
 * @throws PipelineFault when more than `most` are to be kept, or the registry is away
 */
export async function gatherFailures(options: {
  read: ReadTopic
  codec: Pick<Codec, 'decode'>
  prefix: string
  selection: Selection
  most: number
  left: Tally
  tell: (record: ConsumedRecord, why: string) => void
}): Promise<Gathered> {
  const { read, codec, prefix, selection, most, left, tell } = options
  const received = topicName('conversationsReceived', prefix)
  const kept = new Map<string, FailedOriginal>()
  const unmatched = new Set([...selection.conversations, ...selection.failures])
  const done = { read: 0, selected: 0 }
  const keep = ({ key, isConversation }: Sameness, original: FailedOriginal) => {
    const other = kept.get(key)
    const order = other === undefined ? 1 : compareOrigins(original.origin, other.origin)
    if (other !== undefined) add(left, order !== 0 && isConversation ? SKIP_REASONS.newer : TWICE)
    if (order === 0 && other !== undefined) other.failed = newerPlace(other.failed, original.failed)
    if (order > 0) kept.set(key, original)
    if (kept.size > most) throw new PipelineFault(tooMany(most))
  }
  const keepOne = (failure: AnalysisFailed, record: ConsumedRecord) => {
    const hash = hashOf(failure.original)
    keep(sameness(failure, { received, hash }), toEntry(failure, record, { received, hash }))
  }
  await read('analysisFailed', {}, async (records) => {
    for (const record of records) {
      done.read++
      const decoded = await readOrFail('analysisFailed', record, codec)
      if (decoded.kind !== 'ok') {
        tell(record, `not readable: ${'detail' in decoded ? decoded.detail : 'it has no value'}`)
        continue
      }
      const failure = decoded.value
      if (!isSelected(failure, selection)) continue
      done.selected++
      for (const id of [conversationOf(failure), failure.failure_id]) if (id !== null) unmatched.delete(id)
      const why = whyNotPublished(failure, prefix, record.appendedAt)
      if (why === null) keepOne(failure, record)
      else {
        add(left, UNUSABLE)
        tell(record, why)
      }
    }
  })
  return { ...done, originals: [...kept.values()], unmatched: [...unmatched] }
}

export const UNUSABLE = 'its original cannot be published'
const TWICE = 'the same original failed more than once and is published once'

const tooMany = (most: number): string =>
  `more than ${most.toLocaleString('en-US')} originals are selected: take a part of them with since and until`

function toEntry(
  failure: AnalysisFailed,
  record: ConsumedRecord,
  { received, hash }: { received: string; hash: string },
): FailedOriginal {
  const { origin, original } = failure
  const isSubmitted = origin.topic === received
  const { topic, partition, offset, appended_at } = isSubmitted ? ageOf(origin, original.headers) : origin
  // One text for all: a million texts of their own would be in memory.
  const age = { topic: topic === received ? received : topic, partition, offset, appended_at }
  const place = { partition: record.partition, offset: record.offset }
  return {
    id: conversationOf(failure),
    origin: age,
    ...place,
    bytes: record.value?.length ?? 0,
    class: failure.class,
    isSubmitted,
    hash: isSubmitted ? '' : hash,
    failed: failedPlaceOf(record),
    copy: null,
  }
}

interface Sameness {
  key: string
  /** Whether it stands for all submissions of a conversation, else for the same bytes. */
  isConversation: boolean
}

/**
 * The same for originals of which one is enough: of the submissions of a conversation, the newest; of what no analyzer
 * could read, which may be anything, those with the same bytes.
 */
function sameness(failure: AnalysisFailed, { received, hash }: { received: string; hash: string }): Sameness {
  const { origin } = failure
  if (origin.topic === received && failure.conversation_id !== null && isReadable(failure))
    return { key: `conversation ${failure.conversation_id}`, isConversation: true }
  return { key: `${origin.topic} ${hash}`, isConversation: false }
}
