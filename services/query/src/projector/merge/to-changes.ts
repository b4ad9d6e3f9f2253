import type { CountChange } from '../../counts/sum-insights.ts'
import type { InsightRow } from '../../tables/insight-columns.ts'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { conclude, type Conclusion } from './conclude.ts'
import type { Failure, Insight, State, Submission, Erasure } from './state.ts'

/** What a conversation was and is. */
export interface Step {
  id: string
  before: State
  after: State
}

/** What the tables must be told, each in the order of the conversations' ids. */
export interface Changes {
  conversations: { id: string; submission: Submission; conclusion: Conclusion; keepsContent: boolean }[]
  insights: InsightRow[]
  /** Insights of which only the facets have changed. */
  facets: { id: string; facets: readonly string[] }[]
  erasures: (Erasure & { id: string })[]
  failures: { id: string; of: string; failure: Failure & { event: AnalysisFailed } }[]
  /** Ids of conversations whose rows are no more. */
  gone: { conversations: string[]; insights: string[]; erasures: string[]; failures: { id: string; of: string }[] }
  counts: CountChange[]
}

export function toChanges(steps: readonly Step[]): Changes {
  const changes: Changes = {
    conversations: [],
    insights: [],
    facets: [],
    erasures: [],
    failures: [],
    gone: { conversations: [], insights: [], erasures: [], failures: [] },
    counts: [],
  }
  for (const step of steps) {
    addConversation(changes, step)
    addInsight(changes, step)
    addErasure(changes, step)
    addFailures(changes, step)
  }
  return changes
}

function addConversation({ conversations, gone }: Changes, { id, before, after }: Step): void {
  const { submission } = after
  if (submission === null) {
    if (before.submission !== null) gone.conversations.push(id)
    return
  }
  const conclusion = conclude({ ...after, submission })
  if (submission === before.submission && isSame(conclusion, conclude({ ...before, submission }))) return
  const keepsContent =
    submission.received === null ? (before.submission?.received ?? null) === null : submission.received.content === null
  conversations.push({ id, submission, conclusion, keepsContent })
}

function addInsight({ insights, facets: facetRows, gone, counts }: Changes, { id, before, after }: Step): void {
  const isSameInsight = before.insight === after.insight
  const facets = { before: facetsOf(before), after: facetsOf(after) }
  if (isSameInsight && isSameList(facets.before, facets.after)) return
  if (before.insight !== null) counts.push({ sign: -1, insight: { ...before.insight, facets: facets.before } })
  if (after.insight === null) {
    gone.insights.push(id)
    return
  }
  counts.push({ sign: 1, insight: { ...after.insight, facets: facets.after } })
  const { event, place } = after.insight
  if (isSameInsight) facetRows.push({ id, facets: facets.after })
  else if (event !== null) insights.push({ event, place, facets: facets.after })
}

function addErasure({ erasures, gone }: Changes, { id, before, after }: Step): void {
  if (after.erasure === before.erasure) return
  if (after.erasure === null) gone.erasures.push(id)
  else erasures.push({ id, ...after.erasure })
}

function addFailures({ failures, gone }: Changes, { id: of, before, after }: Step): void {
  for (const [id, failure] of after.failures)
    if (before.failures.get(id) !== failure && isNew(failure)) failures.push({ id, of, failure })
  for (const id of before.failures.keys()) if (!after.failures.has(id)) gone.failures.push({ id, of })
}

const isNew = (failure: Failure): failure is Failure & { event: AnalysisFailed } => failure.event !== null

/** What an insight is counted and found by: of itself, then of its conversation's newest submission. */
function facetsOf({ insight, submission }: State): readonly string[] {
  return insight === null ? [] : toFacets(insight, submission)
}

const toFacets = (insight: Insight, submission: Submission | null): readonly string[] => {
  const received = submission?.received ?? null
  return received === null ? insight.ownFacets : [...insight.ownFacets, ...received.facets]
}

const isSame = (a: Conclusion, b: Conclusion): boolean =>
  a.status === b.status && a.finishedAt === b.finishedAt && a.attempts === b.attempts

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((one, place) => one === b[place]))
