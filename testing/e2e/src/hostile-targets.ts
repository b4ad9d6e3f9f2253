import { topics } from '@insights/schemas/topics'
import avsc from 'avsc'
import fc from 'fast-check'
import type { HostileSchemas } from './register-hostile-schemas.ts'

/** A topic that strangers write to. */
export interface Target {
  topic: 'conversationsReceived' | 'insightsProduced'
  /** Stands for null where the broker takes none: in a compacted topic. */
  noKey: Buffer | null
  schemas: HostileSchemas
  writerId: number
  /** Writes also what the contract forbids. */
  type: avsc.Type
  /** A good event. */
  event: fc.Arbitrary<Record<string, unknown> & { conversation_id: string }>
  /** The same with a stranger's text wherever one may stand. */
  withText: (event: Record<string, unknown>, text: string) => object
  /** The most items that a record of the topic can hold. */
  withEmptyItems: (event: Record<string, unknown>) => object
  /** Fields that the contract forbids. */
  breaches: readonly object[]
}

type Given = Pick<Target, 'schemas' | 'writerId'>
const typeOf = (topic: Target['topic']) =>
  avsc.Type.forSchema(topics[topic].avro as unknown as Parameters<typeof avsc.Type.forSchema>[0])
/** No id of these is one of a good conversation. */
const ids = fc.uuid().map((id) => `h-${id}`)
const message = (text: string, inbound: boolean | null) => ({ author_id: null, text, timestamp: null, inbound })

export function conversationsTarget(given: Given): Target {
  const event = fc.record({
    conversation_id: ids,
    messages: fc.constant([message('Where is my parcel? I am angry.', true), message('Let me look.', false)]),
    metadata: fc.constant('{}'),
    source: fc.constant('hostile'),
    submission_id: fc.uuid(),
  })
  return {
    ...given,
    topic: 'conversationsReceived',
    noKey: null,
    type: typeOf('conversationsReceived'),
    event,
    withText: (about, text) => ({ ...about, messages: [message('Hello', true), message(text, null)] }),
    withEmptyItems: (about) => ({ ...about, messages: Array.from({ length: 500_000 }, () => message('', null)) }),
    breaches: [
      { metadata: '[]' },
      { metadata: '{' },
      { metadata: `{"a":${'['.repeat(50_000)}` },
      { metadata: '' },
      { messages: [] },
      { messages: [message('', true)] },
      { source: '' },
      { source: 's'.repeat(201) },
      { conversation_id: 'a\u0000b' },
      { conversation_id: '' },
      { submission_id: 'none' },
      { messages: [{ ...message('late', true), timestamp: 253_402_300_800_000 }] },
    ],
  }
}

export function insightsTarget(given: Given): Target {
  const event = fc.record({
    insight_id: fc.uuid(),
    conversation_id: ids,
    sentiment_score: fc.constant(0.5),
    clusters: fc.constant(['hostile']),
    confidence: fc.constant(0.9),
    reasoning: fc.constant('It says so.'),
    model: fc.constant('hostile'),
    prompt_version: fc.constant('1.0.0-abcdef'),
    created_at: fc.constant(1_772_359_205_123),
    occurred_at: fc.constantFrom(null, 1_772_359_190_000, 253_402_300_799_999),
    origin: fc.constant({ topic: 'conversations.received', partition: 3, offset: 10, appended_at: 1_772_359_200_000 }),
    call_id: fc.uuid(),
    attempts: fc.constant(1),
    truncated: fc.constant(false),
    usage: fc.constant({
      prompt_tokens: 100,
      cached_tokens: 50,
      completion_tokens: 20,
      reasoning_tokens: 5,
      cost_usd_ticks: 12_345,
    }),
    raw: fc.constant(null),
  })
  return {
    ...given,
    topic: 'insightsProduced',
    noKey: Buffer.alloc(0),
    type: typeOf('insightsProduced'),
    event,
    withText: (about, text) => ({ ...about, reasoning: text, clusters: [text] }),
    withEmptyItems: (about) => ({ ...about, clusters: Array.from({ length: 900_000 }, () => '') }),
    breaches: [
      { sentiment_score: 2 },
      { sentiment_score: Number.NaN },
      { confidence: -1 },
      { insight_id: 'none' },
      { conversation_id: '' },
      { created_at: 253_402_300_800_000 },
      { attempts: -1 },
      { usage: { prompt_tokens: -1, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 } },
    ],
  }
}
