import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Codec } from '@insights/schemas/codec'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { keyText } from '@insights/schemas/events/check-key'
import { topicName, type TopicId } from '@insights/schemas/topics'
import { erasedThroughOf } from '@insights/schemas/events/erased-through'
import type { Fact } from './facts.ts'
import { isReadable, readOrFail, readSubmission } from './read-submission.ts'
import { ageOf } from './set-headers.ts'

export interface FactReader {
  codec: Pick<Codec, 'decode'>
  /** TOPIC_PREFIX. */
  prefix: string
  /** Is told of each failure of these conversations. */
  onFailure?: (failure: AnalysisFailed, record: ConsumedRecord) => void
}

/** What a record of the topic says of the conversation that it has as its key; null when nothing that counts. */
export const readFact = {
  conversationsReceived: async (record, { codec }) => {
    const origin = await readSubmission(record, codec)
    return origin === null ? null : { kind: 'submission', origin }
  },

  /** A submission that failed is known here for longer than it stays in its own topic. */
  analysisFailed: async (record, { codec, prefix, onFailure }) => {
    const decoded = await readOrFail('analysisFailed', record, codec)
    if (decoded.kind !== 'ok') return null
    const failure = decoded.value
    onFailure?.(failure, record)
    const { origin, original, conversation_id: id } = failure
    if (origin.topic !== topicName('conversationsReceived', prefix) || isLaterThan(record, origin)) return null
    if (id === null || id !== keyText(record.key) || !isReadable(failure)) return null
    return { kind: 'submission', origin: ageOf(origin, original.headers) }
  },

  insightsProduced: async (record, { codec }) => {
    if (record.value === null) return { kind: 'erasure', through: erasedThroughOf(record) }
    const decoded = await readOrFail('insightsProduced', record, codec)
    // A projector refuses what is under another key, and what claims to be later than itself.
    if (decoded.kind !== 'ok' || decoded.value.conversation_id !== keyText(record.key)) return null
    const { origin, prompt_version: promptVersion, usage } = decoded.value
    if (isLaterThan(record, origin)) return null
    const { appendedAt, offset } = record
    return { kind: 'answer', answer: { origin, appendedAt, offset, promptVersion, costUsdTicks: usage.cost_usd_ticks } }
  },
} satisfies Partial<Record<TopicId, (record: ConsumedRecord, reader: FactReader) => Promise<Fact | null>>>

/** How far the clocks of two brokers may be apart. */
export const BROKER_CLOCKS_MS = 60_000

const isLaterThan = ({ appendedAt }: ConsumedRecord, origin: { appended_at: number }): boolean =>
  origin.appended_at > appendedAt + BROKER_CLOCKS_MS
