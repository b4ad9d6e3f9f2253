import { toFailureRecord } from '@insights/pipeline/to-failure-record'
import { toRecord } from '@insights/pipeline/to-record'
import { lastHeader, type ConsumedRecord, type OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Codec } from '@insights/schemas/codec'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import { originOf } from '@insights/schemas/events/first-origin'
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

/** The analyzer's events as records, with the headers of the record that they came from. */
export function createOutcomeRecords(options: {
  encode: Codec['encode']
  prefix: string
  groupId: string
  /** The broker's time, epoch milliseconds. */
  now: () => number
  randomBytes: (n: number) => Buffer
}): OutcomeRecords {
  function produced(insight: RememberedInsight, work: Work, usage: Usage): OutgoingRecord {
    const { conversationId: conversation_id, occurredAt: occurred_at, record } = work
    const created_at = Math.max(options.now(), record.appendedAt)
    const about = { conversation_id, created_at, occurred_at, origin: originOf(record) }
    return toRecord('insightsProduced', { ...insight, ...about, usage }, record, options)
  }

  return {
    started: (call, works) => {
      const items = works.map(({ conversationId, record, attempts }) => ({
        conversation_id: conversationId,
        origin: originOf(record),
        attempt: attempts + 1,
      }))
      const { callId: call_id, startedAt: started_at, model, promptVersion: prompt_version } = call
      const event = { call_id, started_at, model, prompt_version, items }
      // A call belongs to the traces of all its conversations; it can be named in only one.
      const parent = lastHeader(works[0]?.record.headers ?? [], 'traceparent')
      return toRecord('analysisStarted', event, { traceparent: parent?.toString() }, options)
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

    givenUp: ({ work, class: failureClass, title, detail, retryable }) =>
      toFailureRecord(
        {
          record: work.record,
          origin: originOf(work.record),
          class: failureClass,
          title,
          detail,
          retryable,
          conversationId: work.conversationId,
          attempts: work.attempts,
        },
        options,
      ),

    unreadable: (record, problem) =>
      toFailureRecord({ ...problem, record, origin: originOf(record), attempts: 0 }, options),
  }
}

const NO_USAGE: Usage = {
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  reasoning_tokens: 0,
  cost_usd_ticks: 0,
}
