import { sql } from 'slonik'
import { z } from 'zod'
import { ROLLUPS_FROM } from '../../counts/sum-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { selects } from '../selection/count-insights.ts'
import { type Column, countColumns, figureColumns, totalOf } from '../selection/figures.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import type { WindowBefore } from '../selection/window-before.ts'
import { rankRolled, rankSelected, type Ranked, type Unfinished } from './rank-facets.ts'
import { FacetSums } from './rank-rows.ts'
import { conditionOf, groupByFacet, selectFrequent, spanOf } from './sum-facets.ts'

export interface ClustersAsked {
  selection: InsightSelection
  limit: number
  before: WindowBefore | null
}

export interface Clusters {
  kind: 'ranked'
  /** All insights of the selection, whether they have clusters or not. */
  all: FacetSums
  /** Most frequent first, then by name. */
  clusters: FacetSums[]
  /** How many each has in the window before, '' being all insights; null where there is no window before. */
  previous: Map<string, number> | null
  /** Epoch ms. */
  firstSeen: Map<string, number>
}

const kind = 'cluster'

/** From the rollups. */
export async function selectRolledClusters(
  reader: Reader,
  { selection, limit, before }: ClustersAsked,
  options: { mostRows: number; rollupsFrom?: number },
): Promise<Clusters | Unfinished> {
  const columns = figureColumns(selection.sentiment)
  const ranked = await rankRolled(reader, { selection, columns, kind, limit }, options)
  if (ranked.kind !== 'ranked') return ranked
  const { rollupsFrom = ROLLUPS_FROM } = options
  const earlier = before && { ...selection, start: before.first, end: before.last }
  const { frequent, rare } = await findFrequent(reader, ranked, rollupsFrom)
  const kept = await selectKept(reader, rare, selection, earlier)
  const counts = { columns: countColumns(selection.sentiment, 0), kind, names: frequent, rollupsFrom }
  const sums = earlier && (await selectFrequent(reader, earlier, counts))
  const previous = sums && new Map([...toCounts(sums), ...kept.map((row) => [row.facet, row.previous] as const)])
  return toClusters(ranked, previous, await firstOf(reader, selection, { frequent, kept }))
}

/** From the rows of the selection. */
export async function selectClustersOfRows(
  reader: Reader,
  { selection, limit, before }: ClustersAsked,
  { rollupsFrom = ROLLUPS_FROM }: { rollupsFrom?: number } = {},
): Promise<Clusters> {
  const columns = figureColumns(selection.sentiment)
  const ranked = await rankSelected(reader, { selection, columns, kind, limit })
  const { frequent, rare } = await findFrequent(reader, ranked, rollupsFrom)
  const earlier = before && { ...selection, start: before.first, end: before.last }
  const names = [...frequent, ...rare]
  const previous = earlier && toCounts(await sumRows(reader, earlier, countColumns(selection.sentiment, 0), names))
  const kept = await selectKept(reader, rare, selection, null)
  return toClusters(ranked, previous, await firstOf(reader, selection, { frequent, kept }))
}

const toClusters = (
  { all, first }: Ranked,
  previous: Clusters['previous'],
  firstSeen: Map<string, number>,
): Clusters => ({
  kind: 'ranked',
  all,
  clusters: first.get(kind) ?? [],
  previous,
  firstSeen,
})

const toCounts = (sums: readonly FacetSums[]): Map<string, number> =>
  new Map(sums.map((row) => [row.facet, totalOf(row)]))

const sumRows = (reader: Reader, selection: InsightSelection, columns: readonly Column[], names: readonly string[]) =>
  reader.any(sql.type(FacetSums)`${groupByFacet(conditionOf(selection), { columns, kind, names })}`)

const Name = z.object({ facet: z.string() })

/** Which of the clusters have rollups. */
async function findFrequent(
  reader: Reader,
  { first }: Ranked,
  rollupsFrom: number,
): Promise<{ frequent: string[]; rare: string[] }> {
  const names = (first.get(kind) ?? []).map(({ facet }) => facet)
  const rows = await reader.any(sql.type(Name)`
    select facet from facet_totals
     where facet = any(${sql.array(names, 'text')}) and insights >= ${rollupsFrom}
       and exists (select from projection where counted)`)
  const frequent = new Set(rows.map(({ facet }) => facet))
  return { frequent: [...frequent], rare: names.filter((name) => !frequent.has(name)) }
}

const Kept = z.object({ facet: z.string(), first: z.int(), previous: z.int() })

/** Of clusters that have few insights: the first of all that are kept, and how many are in the window before. */
async function selectKept(
  reader: Reader,
  names: readonly string[],
  { time }: InsightSelection,
  earlier: InsightSelection | null,
): Promise<readonly z.infer<typeof Kept>[]> {
  if (names.length === 0) return []
  const wanted = sql.array([...names], 'text')
  const isEarlier = earlier === null ? sql.fragment`false` : selects(earlier, spanOf(earlier))
  return reader.any(sql.type(Kept)`
    select facet, (extract(epoch from min(at)) * 1000)::float8 as first,
           (count(*) filter (where is_earlier))::float8 as previous
      from (select unnest(facets) as facet, ${sql.identifier([time])} as at, (${isEarlier}) as is_earlier
              from insights where facets && ${wanted}) as named
     where facet = any(${wanted}) group by facet`)
}

const First = z.object({ facet: z.string(), first: z.int() })

/** When the first insight of each is. Of a frequent one it is in the first hour that its rollups have. */
async function firstOf(
  reader: Reader,
  { time }: InsightSelection,
  { frequent, kept }: { frequent: readonly string[]; kept: readonly z.infer<typeof First>[] },
): Promise<Map<string, number>> {
  const at = sql.identifier([time])
  const rows = await reader.any(sql.type(First)`
    select frequent.facet, (extract(epoch from ${at}) * 1000)::float8 as first
      from unnest(${sql.array([...frequent], 'text')}) as frequent (facet)
     cross join lateral (
       select ${at} from insights
        where ${at} >= (select start from rollups
                         where rollups.facet = frequent.facet and time = ${time} and level = 'hour'
                         order by start limit 1)
          and (facets @> array[frequent.facet]) is true
        order by ${at} limit 1) as first`)
  return new Map([...rows, ...kept].map(({ facet, first }) => [facet, first]))
}
