import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createPartitioner } from '@insights/runtime/kafka/consume/partition-records'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { seededRandom } from '@insights/sample-conversations/seeded-random'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { topics } from '@insights/schemas/topics'
import type { World } from '../bench.ts'
import type { Pipeline } from '../start-bed.ts'

/** A row that can be recognised: which insight a conversation has. */
export interface Mark {
  conversation_id: string
  insight_id: string
}

/** The first and the last record of each partition, and the mean size of a value. */
export interface Filled {
  first: Mark[]
  last: Mark[]
  meanBytes: number
}

/**
 * Publishes `count` insights, one for each conversation. `round` tells the insights of one topic from another's: the
 * conversations are the same, and those of a later round come from later submissions.
 */
export async function fillTopic(
  pipeline: Pipeline,
  { count, round, startedAt }: { count: number; round: number; startedAt: number },
  { say, signal }: World,
): Promise<Filled> {
  const topic = pipeline.topic('insightsProduced')
  const partitionOf = toPartition(topic)
  const publisher = createPublisher({ kafka: pipeline.kafka, log: pipeline.log, maxBatchRecords: 5_000 })
  const [first, last] = [new Map<number, Mark>(), new Map<number, Mark>()]
  const publish = async (records: OutgoingRecord[]) => {
    const result = await publisher.publish(records)
    if (!result.ok) throw new Error(`the insights were not acknowledged: ${result.reason}, ${result.detail}`)
  }
  let bytes = 0
  let reportAt = performance.now() + REPORT_MS
  await publisher.start()
  try {
    let pending: Promise<void> = Promise.resolve()
    for (let from = 0; from < count; from += CHUNK) {
      signal.throwIfAborted()
      const records = Array.from({ length: Math.min(CHUNK, count - from) }, (_, index) => {
        const insight = makeInsight(from + index, round, startedAt)
        const value = pipeline.codec.encode('insightsProduced', insight)
        const { conversation_id, insight_id } = insight
        const partition = partitionOf(conversation_id)
        bytes += value.length
        if (!first.has(partition)) first.set(partition, { conversation_id, insight_id })
        last.set(partition, { conversation_id, insight_id })
        return { topic, key: conversation_id, value, headers: [] }
      })
      await pending
      pending = publish(records)
      pending.catch(() => undefined) // it is awaited in the next turn
      if (performance.now() < reportAt) continue
      say(`${topic}: ${from} of ${count} insights published`)
      reportAt = performance.now() + REPORT_MS
    }
    await pending
  } finally {
    await publisher.stop()
  }
  return { first: [...first.values()], last: [...last.values()], meanBytes: bytes / count }
}

/** Random as from a pipeline in use, and the same in every run. */
export function makeInsight(number: number, round: number, startedAt: number): InsightProduced {
  const own = seededRandom(1, number)
  const random = seededRandom(2 + round, number)
  const conversation_id = `conv_${hex(own.next)}${hex(own.next)}`
  const topicsFound = Array.from({ length: random.between(1, 3) }, () => random.pick(VOCABULARY))
  const prompt_tokens = random.between(200, 2_000)
  // In their order, at the pace of the default cap: a hundred a second.
  const created_at = startedAt - WEEK_MS + round * 1_000 + 10 * number
  return {
    insight_id: uuid(random.next),
    conversation_id,
    sentiment_score: random.between(-100, 100) / 100,
    clusters: [...new Set(topicsFound)],
    confidence: random.between(0, 1_000) / 1_000,
    reasoning: REASONS[random.between(0, REASONS.length - 1)] ?? '',
    model: random.pick(MODELS),
    prompt_version: 'v7',
    created_at,
    occurred_at: created_at - random.between(0, 600_000),
    origin: {
      topic: 'conversations.received',
      partition: number % topics.conversationsReceived.partitions,
      offset: round * 10_000_000 + number,
      appended_at: startedAt - WEEK_MS + round * 1_000,
    },
    call_id: uuid(random.next),
    attempts: random.chance(0.05) ? 2 : 1,
    truncated: random.chance(0.02),
    usage: {
      prompt_tokens,
      cached_tokens: random.between(0, prompt_tokens),
      completion_tokens: random.between(20, 120),
      reasoning_tokens: random.between(0, 400),
      cost_usd_ticks: random.between(100_000, 9_000_000),
    },
    raw: null,
  }
}

/** The partition that a key belongs to. */
function toPartition(topic: string): (key: string) => number {
  const partitionMetadata = Array.from({ length: topics.insightsProduced.partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [],
    isr: [],
  }))
  const partitioner = createPartitioner()
  return (key) => partitioner({ topic, partitionMetadata, message: { key, value: null } })
}

const hex = (next: () => number): string =>
  Math.floor(next() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')

function uuid(next: () => number): string {
  const digits = `${hex(next)}${hex(next)}${hex(next)}${hex(next)}`
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`
}

const CHUNK = 10_000
const REPORT_MS = 5_000
const WEEK_MS = 7 * 24 * 60 * 60 * 1000
const MODELS = ['grok-4-fast', 'grok-4.3', 'grok-4.3-mini']
const VOCABULARY = [
  'delivery', 'refund', 'billing', 'login', 'cancellation', 'warranty', 'returns', 'payment failure', 'price', 'stock',
  'address change', 'damaged item', 'wrong item', 'app crash', 'slow service', 'subscription', 'discount code', 'invoice',
  'password reset', 'account deletion', 'data privacy', 'shipping cost', 'customs', 'installation', 'compatibility',
  'missing part', 'appointment', 'staff', 'website', 'praise',
] // prettier-ignore
const REASONS = [
  'The customer waits for a refund and is annoyed by the third delay.',
  'Thanks the agent at the end; the parcel arrived and everything works.',
  'Neutral question about the invoice of last month, answered at once.',
  'Complains that the app loses the cart after each update.',
  'Asks to cancel the subscription, calm but determined.',
]
