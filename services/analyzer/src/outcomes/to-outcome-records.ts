import { lastHeader, type ConsumedRecord, type OutgoingRecord } from '@insights/runtime/kafka/records'
import { passHeaders } from '@insights/runtime/kafka/pass-headers'
import { problemType } from '@insights/runtime/http/problem'
import { childTraceparent } from '@insights/runtime/trace-context'
import { analysisFailedKey, toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import type { Codec } from '@insights/schemas/codec'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { Origin } from '@insights/schemas/events/origin'
import { topicName } from '@insights/schemas/topics'
import { CONTENT_TYPE } from '@insights/schemas/avro/wire-format'
import type { Accepted, GivenUp } from '../answer/decide-outcomes.ts'
import { divideUsage, type Usage } from '../provider/divide-usage.ts'
import type { RememberedInsight } from './remember-insights.ts'
import type { CallFacts } from '../work/call-facts.ts'
import type { Work } from '../work/work.ts'

export interface OutcomeRecords {
  started(call: CallFacts, works: readonly Work[]): OutgoingRecord
  insights(
    call: CallFacts,
    accepted: readonly Accepted[],
    answeredBy: string | null,
    usage: Usage | null,
  ): { record: OutgoingRecord; insight: RememberedInsight }[]
  /** An insight that is known already, as the answer to another submission of the same conversation. */
  repeated(insight: RememberedInsight, work: Work): OutgoingRecord
  givenUp(failure: GivenUp): OutgoingRecord
  unreadable(record: ConsumedRecord, problem: UnreadableProblem): OutgoingRecord
}

export interface UnreadableProblem {
  class: Extract<FailureClass, 'undecodable' | 'invalid' | 'too_large'>
  title: string
  detail: string
  retryable: boolean
  /** When the record could be read that far. */
  conversationId: string | null
}

/** The analyzer's events as records: encoded, keyed, with the headers of the record that they came from. */
export function createOutcomeRecords({
  encode,
  prefix,
  now,
  randomBytes,
}: {
  encode: Codec['encode']
  prefix: string
  /** Epoch milliseconds. */
  now: () => number
  randomBytes: (n: number) => Buffer
}): OutcomeRecords {
  const headersFrom = ({ headers }: ConsumedRecord) => passHeaders(headers, CONTENT_TYPE, randomBytes)

  function failed(
    input: Omit<Parameters<typeof toAnalysisFailed>[0], 'failedAt' | 'record'> & { record: ConsumedRecord },
  ) {
    const event = toAnalysisFailed({ ...input, failedAt: now() })
    return {
      topic: topicName('analysisFailed', prefix),
      key: analysisFailedKey(event),
      value: encode('analysisFailed', event),
      headers: headersFrom(input.record),
    }
  }

  function produced(insight: RememberedInsight, work: Work, usage: Usage): OutgoingRecord {
    return {
      topic: topicName('insightsProduced', prefix),
      key: work.conversationId,
      value: encode('insightsProduced', {
        ...insight,
        conversation_id: work.conversationId,
        created_at: now(),
        origin: originOf(work.record),
        usage,
      }),
      headers: headersFrom(work.record),
    }
  }

  return {
    started: (call, works) => {
      const items = works.map(({ conversationId, record, attempts }) => ({
        conversation_id: conversationId,
        origin: originOf(record),
        attempt: attempts + 1,
      }))
      const value = encode('analysisStarted', {
        call_id: call.callId,
        started_at: call.startedAt,
        model: call.model,
        prompt_version: call.promptVersion,
        items,
      })
      const [first] = works
      const parent = first === undefined ? null : lastHeader(first.record.headers, 'traceparent')
      return {
        topic: topicName('analysisStarted', prefix),
        key: first?.conversationId ?? null,
        value,
        // A call belongs to the traces of all its conversations; it can be named in only one.
        headers: [
          { name: 'traceparent', value: childTraceparent(parent?.toString(), randomBytes) },
          { name: 'content-type', value: CONTENT_TYPE },
        ],
      }
    },

    insights: (call, accepted, answeredBy, usage) => {
      const shares = divideUsage(usage ?? NO_USAGE, accepted.length)
      return accepted.map(({ work, answer, raw }, i) => {
        const insight = {
          insight_id: work.insightId,
          sentiment_score: answer.sentiment_score,
          clusters: answer.clusters,
          confidence: answer.confidence,
          reasoning: answer.reasoning,
          model: answeredBy ?? call.model,
          prompt_version: call.promptVersion,
          call_id: call.callId,
          attempts: work.attempts + 1,
          truncated: work.truncated,
          raw,
        }
        return { record: produced(insight, work, shares[i] ?? NO_USAGE), insight }
      })
    },

    repeated: (insight, work) => produced(insight, work, NO_USAGE),

    givenUp: ({ work, class: cls, title, detail }) =>
      failed({
        record: work.record,
        class: cls,
        problem: { type: problemType(cls), title, detail },
        conversationId: work.conversationId,
        attempts: work.attempts,
        retryable: cls === 'expired' || cls === 'distrusted_answer',
      }),

    unreadable: (record, { class: cls, title, detail, retryable, conversationId }) =>
      failed({
        record,
        class: cls,
        problem: { type: problemType(cls), title, detail },
        conversationId,
        attempts: 0,
        retryable,
      }),
  }
}

const NO_USAGE: Usage = {
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  reasoning_tokens: 0,
  cost_usd_ticks: 0,
}

const originOf = ({ topic, partition, offset, appendedAt }: ConsumedRecord): Origin => ({
  topic,
  partition,
  offset,
  appended_at: appendedAt,
})
