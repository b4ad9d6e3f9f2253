import { classOf, SENTIMENTS } from '../../counts/sum-insights.ts'
import { facetsOf } from '../selection/insight-selection.ts'
import type { StreamFilter } from './stream-query.ts'

interface Matched {
  sentiment_score: number
  confidence: number
  truncated: boolean
  facets: readonly string[]
}

/** What `selects` says in SQL of the rows of a list, said of one insight: the two must mean the same. */
export function matchesFilter(insight: Matched, filter: StreamFilter): boolean {
  const { sentiment, minConfidence, truncated } = filter
  if (sentiment !== null && SENTIMENTS[classOf(insight.sentiment_score)] !== sentiment) return false
  if (minConfidence !== null && insight.confidence < minConfidence) return false
  if (truncated !== null && insight.truncated !== truncated) return false
  return facetsOf(filter).every((names) => names.some((name) => insight.facets.includes(name)))
}
