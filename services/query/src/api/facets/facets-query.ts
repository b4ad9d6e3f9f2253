import { filterParameters, toSelection } from '../parameters/filter-parameters.ts'
import { parametersOf } from '../parameters/parameters-of.ts'
import { limitParameter } from '../parameters/query-parameter.ts'
import { endIsLater } from '../parameters/time-window.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'

export interface RankingQuery {
  selection: InsightSelection
  limit: number
}

/** The query string of facets and of clusters: a filter, and how many. Every fault it has is reported at once. */
const rankingQuery = (of: string) =>
  parametersOf({ ...filterParameters, limit: limitParameter({ most: 100, byDefault: 20, of }) }, { metadata: true })
    .superRefine(...endIsLater)
    .transform((query): RankingQuery => ({ selection: toSelection(query), limit: query.limit }))

export const CountFacetsQuery = rankingQuery('values of each facet')
export const ListClustersQuery = rankingQuery('clusters')
