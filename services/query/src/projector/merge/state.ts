import type { AnalysisFailed, FailureClass } from '@insights/schemas/events/analysis-failed'
import type { Message } from '@insights/schemas/events/conversation-received'
import type { InsightProduced, Usage } from '@insights/schemas/events/insight-produced'
import type { Origin } from '@insights/schemas/events/origin'

/** Where a record is, and when the broker appended it (epoch ms). Rows of before it was kept have partition -1. */
export interface Place {
  partition: number
  offset: number
  appendedAt: number
}

/**
 * All that the tables hold of one conversation. What is large is null in a state that was read from them: it is written
 * when an event brings it, and never read.
 */
export interface State {
  /** The newest submission; never older than the insight's. */
  submission: Submission | null
  /** The newest answer to the newest submission that has one. */
  insight: Insight | null
  /** While no newer insight is held. */
  erasure: Erasure | null
  /** By failure_id. Those that nothing has resolved. */
  failures: ReadonlyMap<string, Failure>
}

export interface Submission {
  origin: Origin
  /** Null until the submission itself is read; of several copies of it, the last. */
  received: {
    place: Place
    source: string
    lane: string
    submissionId: string
    /** Epoch ms. */
    occurredAt: number
    facets: readonly string[]
    /** Messages are null where STORE_MESSAGES left them out. */
    content: { metadata: string; messages: readonly Message[] | null } | null
  } | null
  /** The newest call for it. */
  started: { place: Place; startedAt: number; attempt: number } | null
}

export interface Insight {
  place: Place
  origin: Origin
  insightId: string
  /** Epoch ms. */
  createdAt: number
  occurredAt: number
  attempts: number
  sentimentScore: number
  confidence: number
  model: string
  usage: Usage
  /** Of the insight itself, without those of its conversation. */
  ownFacets: readonly string[]
  event: InsightProduced | null
}

export interface Erasure {
  /** Whatever was submitted up to then (broker time, epoch ms) is erased, also when its analysis comes later. */
  erasedThrough: number
  /** Of its tombstone. */
  place: Place
}

export interface Failure {
  place: Place
  origin: Origin
  class: FailureClass
  attempts: number
  /** Epoch ms. */
  failedAt: number
  event: AnalysisFailed | null
}

export const NOTHING: State = { submission: null, insight: null, erasure: null, failures: new Map() }
