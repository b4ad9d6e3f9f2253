import type { ClientBase } from 'pg'
import { readRows } from './read-rows.ts'
import {
  addInsight,
  addSums,
  ALL,
  LEVELS,
  noSums,
  startOf,
  type InsightTime,
  type Level,
  type Sums,
} from './sum-insights.ts'

/** What the rollups of one hour or day say, by facet; facets without an insight in it are not there. */
export interface Period {
  level: Level
  /** Epoch ms. */
  start: number
  sums: Map<string, Sums>
}

/**
 * Recounts the rollups of one time from the rows of `insights`: the hours and days that have insights, each as soon as
 * it is complete, a day behind its hours. Counted are all insights (facet '') and the `facets` that are given. In
 * memory are the hour and the day at hand, 1.5 KB for each facet in them. `client` is in a transaction; `onRows` hears
 * how many rows were read.
 */
export async function* recountRollups(
  client: ClientBase,
  options: { time: InsightTime; facets: ReadonlySet<string>; onRows: (rows: number) => void },
): AsyncGenerator<Period> {
  let day = null as Period | null
  for await (const hour of recountHours(client, options)) {
    const start = startOf('day', hour.start)
    if (day !== null && day.start !== start) yield day
    if (day?.start !== start) day = { level: 'day', start, sums: new Map() }
    yield hour
    for (const [facet, sums] of hour.sums) addSums(sumsOf(day, facet), sums)
  }
  if (day !== null) yield day
}

async function* recountHours(
  client: ClientBase,
  { time, facets, onRows }: Parameters<typeof recountRollups>[1],
): AsyncGenerator<Period> {
  const text = `select floor(date_part('epoch', ${time}) / 3600), sentiment_score, confidence, array_to_json(facets)
                  from insights order by ${time}`
  let hour = null as Period | null
  for await (const rows of readRows<[number, number, number, string[]]>(client, { name: `by_${time}`, text })) {
    for (const [hours, sentimentScore, confidence, known] of rows) {
      const start = hours * LEVELS.hour
      if (hour !== null && hour.start !== start) yield hour
      if (hour?.start !== start) hour = { level: 'hour', start, sums: new Map() }
      const insight = { sentimentScore, confidence }
      addInsight(sumsOf(hour, ALL), insight, 1)
      for (const facet of known) if (facets.has(facet)) addInsight(sumsOf(hour, facet), insight, 1)
    }
    onRows(rows.length)
  }
  if (hour !== null) yield hour
}

function sumsOf({ sums }: Period, facet: string): Sums {
  const known = sums.get(facet)
  if (known !== undefined) return known
  const none = noSums()
  sums.set(facet, none)
  return none
}
