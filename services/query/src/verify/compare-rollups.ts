import type { ClientBase } from 'pg'
import { readRows } from '../counts/read-rows.ts'
import { recountRollups } from '../counts/recount-rollups.ts'
import {
  type InsightTime,
  type Level,
  LEVELS,
  placeOf,
  SENTIMENTS,
  type Sums,
  toCounts,
} from '../counts/sum-insights.ts'

/** What is stored of an hour or a day: by facet the counts and the sums, as Postgres writes arrays. */
interface StoredPeriod {
  start: number
  rows: Map<string, string>
}

/**
 * Compares what `rollups` holds of one time with a recount, and reports each row that is missing, too many or another.
 * `client` is in a transaction. Both are read in the order of time, so only an hour and a day are in memory.
 */
export async function compareRollups(
  client: ClientBase,
  {
    report,
    ...options
  }: {
    time: InsightTime
    facets: ReadonlySet<string>
    onRows: (rows: number) => void
    report: (difference: string) => void
  },
): Promise<void> {
  const { time } = options
  const stored = { hour: openStored(client, time, 'hour'), day: openStored(client, time, 'day') }
  const compare = (level: Level, start: number, sums: Map<string, Sums>, rows: Map<string, string>): void => {
    const tell = (facet: string, fault: string) =>
      report(`rollups: ${level} ${toInstant(start)} of ${time}, ${describeFacet(facet)}: ${fault}`)
    for (const [facet, own] of sums) {
      const [expected, found] = [toText(own), rows.get(facet)]
      if (found === undefined) tell(facet, `no row, for ${insightsIn(expected)} insights`)
      else if (found !== expected)
        tell(facet, `other sums, of ${insightsIn(found)} insights instead of ${insightsIn(expected)}`)
    }
    for (const facet of rows.keys()) if (!sums.has(facet)) tell(facet, 'a row that should not be there')
  }
  for await (const { level, start, sums } of recountRollups(client, options)) {
    let rows = new Map<string, string>()
    for await (const period of stored[level](start))
      if (period.start === start) rows = period.rows
      else compare(level, period.start, new Map(), period.rows)
    compare(level, start, sums, rows)
  }
  for (const level of ['hour', 'day'] as const)
    for await (const { start, rows } of stored[level](Infinity)) compare(level, start, new Map(), rows)
}

/** Gives, each time that it is called, the periods that are stored up to `last` and have not been given yet. */
function openStored(client: ClientBase, time: InsightTime, level: Level) {
  const periods = storedPeriods(client, time, level)
  let next: IteratorResult<StoredPeriod> | null = null
  return async function* upTo(last: number): AsyncGenerator<StoredPeriod> {
    for (;;) {
      next ??= await periods.next()
      if (next.done === true || next.value.start > last) return
      yield next.value
      next = null
    }
  }
}

async function* storedPeriods(client: ClientBase, time: InsightTime, level: Level): AsyncGenerator<StoredPeriod> {
  // Sorted as they are stored, compressed; written out as they are read.
  const text = `
    select facet, floor(date_part('epoch', start) * 1000 / ${LEVELS[level]}),
           counts::text || sentiment_micros::text || confidence_micros::text
      from (select * from rollups where time = '${time}' and level = '${level}' order by start offset 0) as sorted`
  let period = null as StoredPeriod | null
  for await (const page of readRows<[string, number, string]>(client, { name: `${time}_${level}`, text }))
    for (const [facet, number, sums] of page) {
      const start = number * LEVELS[level]
      if (period !== null && period.start !== start) yield period
      if (period?.start !== start) period = { start, rows: new Map() }
      period.rows.set(facet, sums)
    }
  if (period !== null) yield period
}

const toText = (sums: Sums): string =>
  [toCounts(sums), sums.sentimentMicros, sums.confidenceMicros].map((numbers) => `{${numbers.join(',')}}`).join('')

/** The insights of each class have at least a confidence of 0. */
function insightsIn(text: string): number {
  const numbers = text.slice(1, text.indexOf('}')).split(',')
  return SENTIMENTS.reduce((sum, _, at) => sum + Number(numbers[placeOf(at, 0) - 1]), 0)
}

const toInstant = (ms: number): string => new Date(ms).toISOString()

export const describeFacet = (facet: string): string => (facet === '' ? 'all insights' : `the facet ${facet}`)
