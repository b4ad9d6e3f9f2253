import { sql } from 'slonik'
import { z } from 'zod'
import { splitWindow } from '../../counts/split-window.ts'
import { ALL, ROLLUPS_FROM } from '../../counts/sum-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { selects, wholePercent } from '../selection/count-insights.ts'
import { type Column, namesOf, ofRows, sumsOf, totalOf } from '../selection/figures.ts'
import { facetsOf, type InsightSelection } from '../selection/insight-selection.ts'
import { FacetSums, lastCounts, rankRows } from './rank-rows.ts'
import { conditionOf, groupByFacet, isOfKind, selectFrequent, spanOf } from './sum-facets.ts'

/** Of each kind of facet the values that most insights of a selection have. */
export interface Ranking {
  selection: InsightSelection
  columns: readonly Column[]
  /** `cluster`, `source` …; null for all of them. */
  kind: string | null
  limit: number
}

export interface Ranked {
  kind: 'ranked'
  all: FacetSums
  /** By kind. */
  first: Map<string, FacetSums[]>
}

/** `work` insights would have to be read one by one, and that is too many. */
export interface Unfinished {
  kind: 'unfinished'
  total: number
  work: number
}

/**
 * The percent of the threshold where rollups can answer, else null: whole hours, no facet beside the one that is
 * counted, no odd threshold.
 */
export function rolledPercent(selection: InsightSelection): number | null {
  const isPlain = selection.truncated === null && selection.text === null && facetsOf(selection).length === 0
  return isPlain && splitWindow(selection).periods.length > 0 ? wholePercent(selection.minConfidence) : null
}

/**
 * From the rollups of the frequent values. A value without rollups is read, by its index, only where it may be among
 * the first: there are at least as many insights of it in all as of the last of the first in the window.
 */
export async function rankRolled(
  reader: Reader,
  { selection, columns, kind, limit }: Ranking,
  { mostRows, rollupsFrom = ROLLUPS_FROM }: { mostRows: number; rollupsFrom?: number },
): Promise<Ranked | Unfinished> {
  const frequent = await selectFrequent(reader, selection, { columns, kind, rollupsFrom })
  const all = frequent.find(({ facet }) => facet === ALL)
  // Nothing is counted yet.
  if (all === undefined) return { kind: 'unfinished', total: 0, work: Infinity }
  const last = lastCounts(frequent, limit)
  const { work, candidates } = await findCandidates(reader, { kind, last, mostRows, rollupsFrom })
  if (work > mostRows) return { kind: 'unfinished', total: totalOf(all), work }
  const rare: FacetSums[] = []
  for (const names of chunk(candidates)) rare.push(...(await selectRare(reader, selection, { columns, names })))
  return { kind: 'ranked', all, first: rankRows([...frequent, ...rare], limit) }
}

interface Candidates {
  /** How many insights they have in all. */
  work: number
  /** None when these are more than `mostRows`. */
  candidates: readonly Candidate[]
}
const Candidate = z.object({ facet: z.string(), insights: z.number() })
type Candidate = z.infer<typeof Candidate>

/** The values without rollups that may be among the first. */
async function findCandidates(
  reader: Reader,
  options: { kind: string | null; last: ReadonlyMap<string, number>; mostRows: number; rollupsFrom: number },
): Promise<Candidates> {
  const { kind, last, mostRows, rollupsFrom } = options
  const from = sql.fragment`
      from facet_totals
      left join unnest(${sql.array([...last.keys()], 'text')}, ${sql.array([...last.values()], 'float8')})
             as last (kind, count) on last.kind = split_part(facet, '=', 1)
     where facet <> ${ALL} and ${isOfKind(kind)} and insights > 0 and insights < ${rollupsFrom}
       and insights >= coalesce(last.count, 0)`
  const { work } = await reader.one(sql.type(Work)`select coalesce(sum(insights), 0)::float8 as work ${from}`)
  if (work === 0 || work > mostRows) return { work, candidates: [] }
  return { work, candidates: await reader.any(sql.type(Candidate)`select facet, insights::float8 ${from}`) }
}
const Work = z.object({ work: z.number() })

/** So few at once that Postgres notes each row that it finds: of pages it would compare each row with all names. */
const ROWS_AT_ONCE = 50_000

function chunk(candidates: readonly Candidate[]): string[][] {
  const chunks: string[][] = []
  let room = 0
  for (const { facet, insights } of candidates) {
    if (insights > room) {
      chunks.push([])
      room = ROWS_AT_ONCE
    }
    room -= insights
    chunks.at(-1)?.push(facet)
  }
  return chunks
}

/**
 * The names are parameters: of those that a query finds itself Postgres does not know that they are rare, and reads the
 * whole table.
 */
async function selectRare(
  reader: Reader,
  selection: InsightSelection,
  { columns, names }: { columns: readonly Column[]; names: readonly string[] },
): Promise<readonly FacetSums[]> {
  const wanted = sql.array([...names], 'text')
  return reader.any(sql.type(FacetSums)`
    select facet, ${sumsOf(columns)}
      from (select unnest(facets) collate "C" as facet, ${ofRows(columns)} from insights
             where facets && ${wanted} and (${selects(selection, spanOf(selection))}) is true) as named
     where facet = any(${wanted})
     group by facet`)
}

/** From the rows of the selection. */
export async function rankSelected(reader: Reader, { selection, columns, kind, limit }: Ranking): Promise<Ranked> {
  const rows = await reader.any(sql.type(FacetSums)`
    select facet, ${namesOf(columns)} from (
      select *, row_number() over (partition by split_part(facet, '=', 1)
                                       order by negative + neutral + positive desc, facet) as place
        from (${groupByFacet(conditionOf(selection), { columns, kind })}) as sums
    ) as placed where place <= ${limit}`)
  const all = rows.find(({ facet }) => facet === ALL) ?? NOTHING
  return { kind: 'ranked', all, first: rankRows(rows, limit) }
}

const NOTHING: FacetSums = {
  facet: ALL,
  negative: 0,
  neutral: 0,
  positive: 0,
  sentiment_micros: 0,
  confidence_micros: 0,
}
