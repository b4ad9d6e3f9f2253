import fc from 'fast-check'
import type { AnalysisFailed } from './analysis-failed.ts'
import { FailureClass } from './analysis-failed.ts'
import type { AnalysisStarted } from './analysis-started.ts'
import type { ConversationReceived } from './conversation-received.ts'
import type { InsightProduced } from './insight-produced.ts'
import type { Origin } from './origin.ts'
import type { EventOf, TopicId } from '../topics.ts'

/** Any Unicode text, astral characters included; lone surrogates have no UTF-8 and are left out. */
const text = (o: { minLength?: number } = {}) => fc.string({ unit: 'binary', maxLength: 120, ...o })
const name = text({ minLength: 1 })
const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 90 }).map((any) => any.replace(/\p{Cc}/gu, '_'))
const timestamp = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })
const count = fc.nat({ max: 2 ** 31 - 1 })
const long = fc.maxSafeNat().map((any) => Math.min(any, 2 ** 53 - 2))
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
const header = fc.oneof(fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)), text())
const double = (min: number, max: number) => fc.double({ min, max, noNaN: true })

const origin: fc.Arbitrary<Origin> = fc.record({ topic: name, partition: count, offset: long, appended_at: timestamp })

const conversationReceived: fc.Arbitrary<ConversationReceived> = fc.record({
  conversation_id: id,
  messages: fc.array(
    fc.record({ author_id: orNull(text()), text: name, timestamp: orNull(timestamp), inbound: orNull(fc.boolean()) }),
    { minLength: 1, maxLength: 12 },
  ),
  metadata: fc.dictionary(text(), fc.jsonValue()).map((object) => JSON.stringify(object)),
  source: id,
  submission_id: fc.uuid(),
})

const analysisStarted: fc.Arbitrary<AnalysisStarted> = fc.record({
  call_id: name,
  started_at: timestamp,
  model: name,
  prompt_version: name,
  items: fc.array(fc.record({ conversation_id: id, origin, attempt: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }), {
    minLength: 1,
    maxLength: 10,
  }),
})

const insightProduced: fc.Arbitrary<InsightProduced> = fc.record({
  insight_id: fc.uuid(),
  conversation_id: id,
  sentiment_score: double(-1, 1),
  clusters: fc.array(text(), { maxLength: 10 }),
  confidence: double(0, 1),
  reasoning: text(),
  model: name,
  prompt_version: name,
  created_at: timestamp,
  occurred_at: orNull(timestamp),
  origin,
  call_id: name,
  attempts: count,
  truncated: fc.boolean(),
  usage: fc.record({
    prompt_tokens: count,
    cached_tokens: count,
    completion_tokens: count,
    reasoning_tokens: count,
    cost_usd_ticks: long,
  }),
  raw: orNull(text()),
})

const analysisFailed: fc.Arbitrary<AnalysisFailed> = fc.record({
  failure_id: fc.uuid(),
  conversation_id: orNull(id),
  class: fc.constantFrom(...FailureClass.options),
  problem: fc.record({ type: text(), title: text(), detail: text() }),
  attempts: count,
  retryable: fc.boolean(),
  failed_at: timestamp,
  origin,
  original: fc.record({
    key: orNull(bytes),
    value: orNull(bytes),
    headers: fc.array(fc.record({ name: header, value: orNull(bytes) }), { maxLength: 6 }),
  }),
})

/** Any valid event of a topic. */
export const anyEvent: { [K in TopicId]: fc.Arbitrary<EventOf<K>> } = {
  conversationsReceived: conversationReceived,
  analysisStarted,
  insightsProduced: insightProduced,
  analysisFailed,
}
