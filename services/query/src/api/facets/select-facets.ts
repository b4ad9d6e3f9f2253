import { sql } from 'slonik'
import { z } from 'zod'
import { SENTIMENTS } from '../../counts/sum-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { countColumns, totalOf } from '../selection/figures.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { rankRolled, rankSelected, type Ranked, rolledPercent, type Unfinished } from './rank-facets.ts'
import { valueOf } from './rank-rows.ts'

export interface FacetsAsked {
  selection: InsightSelection
  limit: number
}

interface FacetValue {
  value: string
  count: number
}

export interface FacetCounts {
  kind: 'ranked'
  total: number
  /** By the name of the parameter that selects by it, with the most frequent values, most frequent first. */
  facets: { facet: string; values: FacetValue[] }[]
}

/** From the rollups. */
export async function selectRolledFacets(
  reader: Reader,
  { selection, limit }: FacetsAsked,
  options: { mostRows: number; rollupsFrom?: number },
): Promise<FacetCounts | Unfinished> {
  const columns = countColumns(selection.sentiment, rolledPercent(selection) ?? 0)
  const ranked = await rankRolled(reader, { selection, columns, kind: null, limit }, options)
  return ranked.kind === 'ranked' ? toFacets(reader, ranked, limit) : ranked
}

/** From the rows of the selection. */
export async function selectFacetsOfRows(reader: Reader, { selection, limit }: FacetsAsked): Promise<FacetCounts> {
  const columns = countColumns(selection.sentiment, 0)
  return toFacets(reader, await rankSelected(reader, { selection, columns, kind: null, limit }), limit)
}

const Keys = z.object({ facet_keys: z.array(z.string()) })

async function toFacets(reader: Reader, { all, first }: Ranked, limit: number): Promise<FacetCounts> {
  const keys = (await reader.any(sql.type(Keys)`select facet_keys from projection`)).flatMap((row) => row.facet_keys)
  const valuesOf = (kind: string): FacetValue[] =>
    (first.get(kind) ?? []).map((row) => ({ value: valueOf(row), count: totalOf(row) }))
  const total = totalOf(all)
  const truncated = valuesOf('truncated')
  const others = { value: 'false', count: total - (truncated[0]?.count ?? 0) }
  const sentiments = SENTIMENTS.map((value) => ({ value, count: all[value] }))
  const facets = [
    { facet: 'sentiment', values: mostFrequent(limit, sentiments) },
    ...['cluster', 'source', 'model'].map((facet) => ({ facet, values: valuesOf(facet) })),
    { facet: 'truncated', values: mostFrequent(limit, [...truncated, others]) },
    ...keys.map((key) => ({ facet: `metadata.${key}`, values: valuesOf(`metadata.${key}`) })),
  ]
  return { kind: 'ranked', total, facets }
}

/** As the others are: most frequent first, then by name, and none that no insight has. */
const mostFrequent = (limit: number, values: FacetValue[]): FacetValue[] =>
  values
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
    .slice(0, limit)
