import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import type { Origin } from '@insights/schemas/events/origin'
import type { Failure, Insight, Place, Submission } from './state.ts'

/** What a record says of one conversation. */
export type Event =
  | { kind: 'received'; origin: Origin; received: NonNullable<Submission['received']> }
  | { kind: 'started'; origin: Origin; started: NonNullable<Submission['started']> }
  /** `isFirst`: neither the insight nor its submission was published again. */
  | { kind: 'produced'; insight: Insight & { event: InsightProduced }; isFirst: boolean }
  | { kind: 'erased'; erasedThrough: number; place: Place }
  | { kind: 'failed'; id: string; isOfSubmission: boolean; failure: Failure & { event: AnalysisFailed } }
