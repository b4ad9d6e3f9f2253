import { z } from 'zod'
import { ALL } from '../../counts/sum-insights.ts'
import { SentimentCounts, totalOf } from '../selection/figures.ts'

/** The sums of a facet, `KIND=VALUE`, or of all insights together, ''. Those of scores are there where asked for. */
export const FacetSums = SentimentCounts.extend({
  facet: z.string(),
  sentiment_micros: z.int().default(0),
  confidence_micros: z.int().default(0),
})
export type FacetSums = z.infer<typeof FacetSums>

/** `cluster`, `metadata.KEY` … */
export const kindOf = ({ facet }: { facet: string }): string => facet.slice(0, facet.indexOf('='))
export const valueOf = ({ facet }: { facet: string }): string => facet.slice(facet.indexOf('=') + 1)

/** The first `limit` of each kind: most frequent first, then by name, as Postgres orders bytes. */
export function rankRows(rows: readonly FacetSums[], limit: number): Map<string, FacetSums[]> {
  const some = rows.filter((row) => row.facet !== ALL && totalOf(row) > 0)
  const kinds = Map.groupBy(some, kindOf)
  for (const [kind, own] of kinds) kinds.set(kind, own.toSorted(byFrequency).slice(0, limit))
  return kinds
}

const byFrequency = (one: FacetSums, other: FacetSums): number =>
  totalOf(other) - totalOf(one) || Buffer.compare(Buffer.from(one.facet), Buffer.from(other.facet))

/** How many the last of the first `limit` has, of each kind that has so many. */
export function lastCounts(rows: readonly FacetSums[], limit: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [kind, own] of rankRows(rows, limit)) {
    const last = own[limit - 1]
    if (last !== undefined) counts.set(kind, totalOf(last))
  }
  return counts
}
