import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { seededRandom } from '@insights/sample-conversations/seeded-random'
import type { Codec } from '@insights/schemas/codec'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import type { Origin } from '@insights/schemas/events/origin'
import type { TopicId } from '@insights/schemas/topics'

/** Milliseconds between two conversations. */
const PACE_MS = 10

/**
 * What becomes of conversation `number`, as records of all four topics: submitted once or twice, begun, answered or
 * failed, some erased, and some of them answered once more by an older submission. The same in every run.
 */
export function makeRecords(
  number: number,
  { codec, topic, startedAt }: { codec: Codec; topic: (id: TopicId) => string; startedAt: number },
): OutgoingRecord[] {
  const random = seededRandom(1, number)
  const conversation_id = `conv_${String(number).padStart(7, '0')}`
  const at = startedAt + PACE_MS * number
  const records: OutgoingRecord[] = []
  const add = (id: TopicId, value: Buffer | null, headers: OutgoingRecord['headers'] = []) =>
    void records.push({ topic: topic(id), key: conversation_id, value, headers })
  const origins: Origin[] = []
  const submissions = random.chance(0.1) ? 2 : 1
  for (let submission = 0; submission < submissions; submission++) {
    const origin = {
      topic: topic('conversationsReceived'),
      partition: number % 12,
      offset: 2 * number + submission,
      appended_at: at + submission,
    }
    origins.push(origin)
    const conversation = {
      conversation_id,
      messages: [{ author_id: null, text: `Where is order ${number}?`, timestamp: at - 60_000, inbound: true }],
      metadata: JSON.stringify({ channel: random.pick(['mail', 'chat']), language: random.pick(['de', 'en', 'fr']) }),
      source: random.pick(['crm', 'http']),
      submission_id: uuid(number, submission),
    }
    add('conversationsReceived', codec.encode('conversationsReceived', conversation), [firstOriginHeader(origin)])
    const items = [{ conversation_id, origin, attempt: 1 }]
    const started = { call_id: `call ${number}`, started_at: at + 5, model: 'grok-4.3', prompt_version: 'v7', items }
    add('analysisStarted', codec.encode('analysisStarted', started))
  }
  // Now and then the older submission is answered last.
  const answered = random.chance(0.5) ? origins : origins.toReversed()
  for (const origin of answered) {
    if (random.chance(0.05)) {
      const value = Buffer.from('no conversation')
      const record = {
        ...origin,
        appendedAt: origin.appended_at,
        key: Buffer.from(conversation_id),
        value,
        headers: [],
      }
      const problem = { type: 'urn:bench', title: 'Expired', detail: 'too old' }
      const facts = { class: 'expired', attempts: 0, retryable: true, failedAt: at + 9 } as const
      const failure = toAnalysisFailed({ record, problem, conversationId: conversation_id, ...facts })
      add('analysisFailed', codec.encode('analysisFailed', failure))
    } else {
      const insight = {
        insight_id: uuid(number, 100 + (origin.offset % 2)),
        conversation_id,
        sentiment_score: random.between(-100, 100) / 100,
        clusters: [random.pick(['billing', 'delivery', 'refund', 'login'])],
        confidence: random.between(0, 1_000) / 1_000,
        reasoning: 'The customer waits for a refund.',
        model: 'grok-4.3',
        prompt_version: 'v7',
        created_at: at + 8,
        occurred_at: at - 60_000,
        origin,
        call_id: `call ${number}`,
        attempts: 1,
        truncated: false,
        usage: {
          prompt_tokens: random.between(200, 2_000),
          cached_tokens: 0,
          completion_tokens: 50,
          reasoning_tokens: 10,
          cost_usd_ticks: random.between(100_000, 9_000_000),
        },
        raw: null,
      }
      add('insightsProduced', codec.encode('insightsProduced', insight))
    }
  }
  if (random.chance(0.02)) {
    const through = Buffer.from(String(at + (random.chance(0.5) ? submissions : 0)))
    records.splice(random.between(1, records.length), 0, {
      topic: topic('insightsProduced'),
      key: conversation_id,
      value: null,
      headers: [{ name: 'insights-erased-through', value: through }],
    })
  }
  return records
}

const uuid = (number: number, kind: number): string =>
  `${number.toString(16).padStart(8, '0')}-0000-4000-8000-${String(kind).padStart(12, '0')}`
