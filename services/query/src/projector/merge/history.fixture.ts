import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import type { AnalysisStarted } from '@insights/schemas/events/analysis-started'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { failureId } from '@insights/schemas/events/ids'
import type { Origin } from '@insights/schemas/events/origin'
import fc from 'fast-check'
import { sampleInsight } from '../../sample-insight.fixture.ts'
import type { Reading } from '../read/reading.ts'

/** Broker times are small, so that they collide; this is their zero. */
export const EPOCH = Date.parse('2026-03-01T00:00:00Z') - 2

/** One thing that happens to one of a few conversations. */
export interface Happening {
  id: number
  kind: 'received' | 'again' | 'started' | 'produced' | 'failed' | 'tombstone'
  /** Which of the conversation's submissions before it is meant. */
  which: number
  /** Anything that makes two of the same kind differ. */
  draw: number
}

export const anyHappenings = fc.array(
  fc.record<Happening>({
    id: fc.nat({ max: 2 }),
    kind: fc.constantFrom('received', 'received', 'again', 'started', 'produced', 'produced', 'failed', 'tombstone'),
    which: fc.nat({ max: 5 }),
    draw: fc.nat({ max: 1_000 }),
  }),
  { maxLength: 24 },
)

const RECEIVED = 'conversations.received'

/** The records that the topics would have, in the order in which they were appended. */
export function toRecords(happenings: readonly Happening[]): Reading[] {
  const submissions = new Map<number, { origin: Origin; value: ConversationReceived }[]>()
  const offsets = new Map<string, number>()
  return happenings.flatMap(({ id: number, kind, which, draw }, index): Reading[] => {
    const id = `conv_${number}`
    const own = submissions.get(number) ?? []
    submissions.set(number, own)
    const record = (topic: string, partition: number, headers: ConsumedRecord['headers'] = []): ConsumedRecord => {
      const place = `${topic}/${partition}`
      const offset = offsets.get(place) ?? 0
      offsets.set(place, offset + 1)
      const appendedAt = EPOCH + Math.floor(index / 3)
      return { topic, partition, offset, appendedAt, key: Buffer.from(id), value: null, headers }
    }
    if (kind === 'received') {
      // A producer with another partitioner puts the submissions of one conversation into two partitions.
      const one = record(RECEIVED, draw % 2, draw % 3 === 0 ? [{ name: 'lane', value: Buffer.from('bulk') }] : [])
      const value = toConversation(id, draw)
      own.push({ origin: originOf(one), value })
      return [{ topic: 'conversationsReceived', record: one, decoded: { kind: 'ok', value } }]
    }
    if (kind === 'tombstone') {
      return [{ topic: 'insightsProduced', record: record('insights.produced', 0), decoded: { kind: 'tombstone' } }]
    }
    const submission = own[which % Math.max(1, own.length)]
    if (submission === undefined) return []
    const { origin, value } = submission
    switch (kind) {
      case 'again': {
        const one = record(RECEIVED, 0, [firstOriginHeader(origin), { name: 'lane', value: Buffer.from('bulk') }])
        return [{ topic: 'conversationsReceived', record: one, decoded: { kind: 'ok', value } }]
      }
      case 'started': {
        const started = toStarted(id, origin, draw)
        const one = record('analysis.started', 0)
        return [{ topic: 'analysisStarted', record: one, decoded: { kind: 'ok', value: started } }]
      }
      case 'failed': {
        const one = record('analysis.failed', 0)
        return [{ topic: 'analysisFailed', record: one, decoded: { kind: 'ok', value: toFailed(id, origin, draw) } }]
      }
      case 'produced': {
        const one = record('insights.produced', 0)
        return [
          { topic: 'insightsProduced', record: one, decoded: { kind: 'ok', value: toProduced(id, origin, draw) } },
        ]
      }
    }
  })
}

const originOf = ({ topic, partition, offset, appendedAt }: ConsumedRecord): Origin => ({
  topic,
  partition,
  offset,
  appended_at: appendedAt,
})

const toConversation = (conversation_id: string, draw: number): ConversationReceived => ({
  conversation_id,
  messages: [{ author_id: null, text: `text ${draw}`, timestamp: draw % 4 === 0 ? null : EPOCH - draw, inbound: true }],
  metadata: draw % 5 === 0 ? '{}' : JSON.stringify({ channel: ['mail', 'chat', 'mail'][draw % 3], other: draw }),
  source: draw % 7 === 0 ? 'http' : 'crm',
  submission_id: `00000000-0000-4000-8000-${String(draw).padStart(12, '0')}`,
})

const toStarted = (conversation_id: string, origin: Origin, draw: number): AnalysisStarted => ({
  call_id: `call ${draw}`,
  started_at: EPOCH + draw,
  model: 'grok-4.3',
  prompt_version: '1',
  items: [{ conversation_id, origin, attempt: 1 + (draw % 3) }],
})

const toProduced = (conversation_id: string, origin: Origin, draw: number) =>
  sampleInsight({
    conversation_id,
    origin,
    insight_id: `00000000-0000-5000-8000-${String(draw).padStart(12, '0')}`,
    reasoning: `reason ${draw}`,
    sentiment_score: (draw % 21) / 10 - 1,
    confidence: (draw % 101) / 100,
    clusters: [['billing'], ['billing', 'refund'], ['refund', 'refund', 'login']][draw % 3] ?? [],
    model: draw % 2 === 0 ? 'grok-4.3' : 'simulator',
    // The last milliseconds of a day, then the first ones of the next.
    created_at: EPOCH + (draw % 5),
    occurred_at: draw % 4 === 0 ? null : EPOCH - draw * 600_000,
    attempts: 1 + (draw % 4),
    // Powers of two: sums of different insights are different.
    usage: {
      prompt_tokens: 2 ** (draw % 13),
      cached_tokens: draw,
      completion_tokens: 3 * draw,
      reasoning_tokens: 5 * draw,
      cost_usd_ticks: 2 ** (draw % 13) * 1_000_000_007,
    },
  })

function toFailed(conversation_id: string, origin: Origin, draw: number): AnalysisFailed {
  const failureClass = draw % 2 === 0 ? 'expired' : 'malformed_answer'
  return {
    failure_id: failureId(origin, failureClass),
    conversation_id,
    class: failureClass,
    problem: { type: 'urn:test', title: 'Test', detail: `detail ${draw}` },
    attempts: draw % 4,
    retryable: true,
    failed_at: EPOCH + draw,
    origin,
    original: { key: Buffer.from(conversation_id), value: Buffer.from(`value ${draw}`), headers: [] },
  }
}

/** What compaction would leave of `insights.produced`, the last record of each key, and all of the other topics. */
export function compact(readings: readonly Reading[]): Reading[] {
  const last = new Map<string, Reading>()
  for (const reading of readings.toSorted((a, b) => a.record.offset - b.record.offset))
    if (reading.topic === 'insightsProduced') last.set(String(reading.record.key), reading)
  return readings.filter((one) => one.topic !== 'insightsProduced' || last.get(String(one.record.key)) === one)
}
