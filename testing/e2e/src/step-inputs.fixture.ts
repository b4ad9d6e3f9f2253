import { prepareConversation } from '@insights/analyzer/text/prepare-conversation'
import { conversationRequest } from '@insights/ingress/conversation-request'
import { toEvents } from '@insights/query/projector/read/to-events'
import { faultsOf } from '@insights/runtime/http/faults-of'
import { compileWriter } from '@insights/schemas/avro/compile-writer'
import { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { describeFaults } from '@insights/schemas/events/describe-faults'
import { parseEvent } from '@insights/schemas/events/parse-event'
import { readPayload } from '@insights/schemas/avro/read-payload'
import { topics } from '@insights/schemas/topics'
import { unframe } from '@insights/schemas/avro/wire-format'
import avsc from 'avsc'

/** What the rows of `text-steps.fixture.ts` put a hostile text into. */
export const message = (text: string) => ({ author_id: text.slice(0, 8), text, timestamp: null, inbound: true })
/** The text in many short pieces. */
export const short = (text: string): string[] => text.match(/[^]{1,8}/g) ?? []
export const messages = (text: string) => short(text).map(message)
export const conversation = {
  conversation_id: 'c',
  messages: [message('hello')],
  metadata: '{}',
  source: 'e2e',
  submission_id: '0190b4a0-0000-7000-8000-000000000000',
}
export const whole = { maxTokens: 4_000, maskPii: false }
export const result = (text: string) =>
  JSON.stringify({
    results: [
      { conversation_id: 'a', reasoning: text, sentiment_score: 0, confidence: 1, clusters: [text, ...short(text)] },
    ],
  })
export const responded = (status: number, body: string) => ({ status, headers: new Headers(), body })
export const completed = (content: string) =>
  responded(200, JSON.stringify({ choices: [{ finish_reason: 'stop', message: { content } }] }))
const received = avsc.Type.forSchema(topics.conversationsReceived.avro as Parameters<typeof avsc.Type.forSchema>[0])
const writer = compileWriter(received, received)
export const record = { topic: 't', partition: 0, offset: 0, appendedAt: 0, headers: [] }

/** All that is done to a conversation before it may be asked about. */
export const prepare = (texts: ReturnType<typeof messages>, maskPii: boolean) =>
  prepareConversation(
    { conversation_id: 'c', messages: texts },
    { model: 'm', promptVersion: 'v', itemMaxTokens: whole.maxTokens, maskPii },
  )

const Request = conversationRequest(10_000)
export function request(body: unknown): void {
  const { error } = Request.safeParse(body)
  if (error !== undefined) faultsOf(error.issues)
}

export function event(value: unknown): void {
  const parsed = parseEvent(ConversationReceived, value, {
    field: 'messages',
    schema: ConversationReceived.shape.messages,
  })
  if (!parsed.ok) describeFaults(parsed)
}

export function readRecord(text: string): void {
  // From its first byte, and as what comes behind an id and as many messages as there may be.
  for (const before of ['', '\x02c', '\x02c\xfe\xff\x01']) {
    const framed = unframe(
      Buffer.concat([Buffer.from('\0\0\0\0\x01'), Buffer.from(before, 'latin1'), Buffer.from(text)]),
    )
    if ('payload' in framed) readPayload('conversationsReceived', framed.schemaId, writer, framed.payload)
  }
}

export function project(text: string): void {
  const value = {
    insight_id: conversation.submission_id,
    conversation_id: 'c',
    sentiment_score: 0,
    clusters: [text, ...short(text)],
    confidence: 1,
    reasoning: text,
    model: text,
    prompt_version: 'v',
    created_at: 0,
    occurred_at: null,
    origin: { topic: text, partition: 0, offset: 0, appended_at: 0 },
    call_id: 'c',
    attempts: 1,
    truncated: false,
    usage: { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 },
    raw: text,
  }
  const row = { ...record, timestamp: 0, key: Buffer.from('c'), value: Buffer.from(text) }
  for (const clusters of [value.clusters, ['a']])
    toEvents(
      [{ topic: 'insightsProduced', record: row, decoded: { kind: 'ok', value: { ...value, clusters } } }],
      null,
      {
        facetKeys: [],
        receivedTopic: '',
      },
    )
}
