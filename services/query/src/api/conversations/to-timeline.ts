import { STAGES, type ConversationHead, type TimelineEntry } from './conversation.ts'

/** The stages of the way that a row has, and what no field of the answer tells. */
export interface Passed extends Pick<ConversationHead, 'received_at' | 'started_at' | 'occurred_at'> {
  insight: Pick<NonNullable<ConversationHead['insight']>, 'created_at' | 'model' | 'is_of_newest_submission'> | null
  failure: Pick<NonNullable<ConversationHead['failure']>, 'failed_at' | 'class' | 'is_of_newest_submission'> | null
  /** The attempt of the newest call. */
  started_attempt: number | null
  /** The record that the submission was published again as. */
  again: { partition: number; offset: number; appended_at: string } | null
}

/** The stages with their times, oldest first; what came at the same millisecond in the order of the stages. */
export function toTimeline(passed: Passed): TimelineEntry[] {
  const { received_at, started_at, occurred_at, insight, failure, started_attempt, again } = passed
  const entries: (TimelineEntry | null)[] = [
    // Else it is not known when people talked.
    occurred_at !== received_at ? entry('occurred', occurred_at) : null,
    entry('received', received_at),
    again && entry('published_again', again.appended_at, `partition ${again.partition}, offset ${again.offset}`),
    entry('started', started_at, started_attempt === null ? undefined : `attempt ${started_attempt}`),
    insight && entry('completed', insight.created_at, `by ${insight.model}${ofWhich(insight)}`),
    failure && entry('failed', failure.failed_at, `${failure.class}${ofWhich(failure)}`),
  ]
  return entries.filter((one) => one !== null).toSorted(byTime)
}

const entry = (stage: TimelineEntry['stage'], at: string | null, detail?: string): TimelineEntry | null =>
  at === null ? null : { stage, at, ...(detail !== undefined && { detail }) }

const ofWhich = ({ is_of_newest_submission }: { is_of_newest_submission: boolean }): string =>
  is_of_newest_submission ? '' : ', of an earlier submission'

/** Texts of ISO 8601 with the same number of digits are in the order of their times. */
const byTime = (a: TimelineEntry, b: TimelineEntry): number =>
  a.at === b.at ? STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) : a.at < b.at ? -1 : 1
