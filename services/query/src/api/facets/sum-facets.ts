import { sql, type FragmentSqlToken } from 'slonik'
import { splitWindow } from '../../counts/split-window.ts'
import { ALL } from '../../counts/sum-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { instant, selects } from '../selection/count-insights.ts'
import { type Column, namesOf, ofRollups, ofRows, sumsOf } from '../selection/figures.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { FacetSums } from './rank-rows.ts'

/** Which facets: of one kind (null: of any), and where `names` are given only those. '' is all insights together. */
interface Wanted {
  columns: readonly Column[]
  kind: string | null
  names?: readonly string[]
}

/**
 * The sums of the facets that have rollups, of a selection without facets: of whole hours and days from those, of the
 * edges of the window from rows. Nothing, not even '', while nothing is counted.
 */
export async function selectFrequent(
  reader: Reader,
  selection: InsightSelection,
  { rollupsFrom, ...wanted }: Wanted & { rollupsFrom: number },
): Promise<readonly FacetSums[]> {
  const { columns } = wanted
  const { periods, edges } = splitWindow(selection)
  const parts = periods.map(
    ({ level, first, last }) => sql.fragment`
      select ${ofRollups(columns)} from rollups
       where rollups.facet = frequent.facet and time = ${selection.time} and level = ${level}
         and start between ${instant(first)}::timestamptz and ${instant(last)}::timestamptz`,
  )
  // A window may have no whole hour.
  if (parts.length === 0) parts.push(sql.fragment`select ${namesOf(columns)} from edges where false`)
  const both = columns.map(({ name }) => {
    const column = sql.identifier([name])
    return sql.fragment`periods.${column} + coalesce(edges.${column}, 0) as ${column}`
  })
  const conditions = edges.map((edge) => sql.fragment`(${selects(selection, edge, { by: 'time' })})`)
  const condition =
    conditions.length === 0 ? sql.fragment`false` : sql.fragment`(${sql.join(conditions, sql.fragment` or `)})`
  return reader.any(sql.type(FacetSums)`
    with edges as materialized (${groupByFacet(condition, wanted)})
    select facet, ${sql.join(both, sql.fragment`, `)}
      from (select facet from facet_totals
             where insights > 0 and (facet = ${ALL} or insights >= ${rollupsFrom}) and ${isWanted(wanted)}
               and exists (select from projection where counted)) as frequent
      left join edges using (facet)
     cross join lateral (
       select ${sumsOf(columns)} from (${sql.join(parts, sql.fragment` union all `)}) as parts) as periods`)
}

/** The sums of each facet, and of all insights under '', of the rows that meet a condition. */
export const groupByFacet = (condition: FragmentSqlToken, wanted: Wanted): FragmentSqlToken => sql.fragment`
  select facet, ${sumsOf(wanted.columns)}
    from (select unnest(array_append(facets, ${ALL})) collate "C" as facet, ${ofRows(wanted.columns)}
            from insights where ${condition}) as named
   where ${isWanted(wanted)}
   group by facet`

/** The rows of a selection. */
export const conditionOf = (selection: InsightSelection): FragmentSqlToken =>
  selects(selection, spanOf(selection), splitWindow(selection).periods.length === 0 ? { by: 'time' } : {})

export const spanOf = ({ start, end }: { start: number; end: number }) => ({
  first: Math.ceil(start),
  last: Math.floor(end),
})

export const isOfKind = (kind: string | null): FragmentSqlToken =>
  kind === null ? sql.fragment`true` : sql.fragment`(facet >= ${`${kind}=`} and facet < ${`${kind}>`})`

const isWanted = ({ kind, names }: Wanted): FragmentSqlToken =>
  names === undefined
    ? sql.fragment`(facet = ${ALL} or ${isOfKind(kind)})`
    : sql.fragment`(facet = ${ALL} or facet = any(${sql.array([...names], 'text')}))`
