import {
  addInsight,
  ALL,
  LEVELS,
  noSums,
  startOf,
  TIMES,
  type Countable,
  type InsightTime,
  type Level,
  type Sums,
} from './sum-insights.ts'

/** Sums of some insights by hour and day. */
export interface Rollup {
  facet: string
  time: InsightTime
  level: Level
  /** Epoch ms. */
  start: number
  sums: Sums
}

/** By facet; then for each of `SERIES` by start. Nested, because a text for a key took longer than all the sums. */
export type Rollups = Map<string, Map<number, Sums>[]>

const SERIES = TIMES.flatMap((time) => (Object.keys(LEVELS) as Level[]).map((level) => ({ time, level })))

/** Adds an insight to the rollups of these facets, or takes it away. */
export function addToRollups(
  rollups: Rollups,
  facets: Iterable<string>,
  insight: Omit<Countable, 'facets'>,
  sign: 1 | -1,
): void {
  const { createdAt, occurredAt } = insight
  const starts = SERIES.map(({ time, level }) => startOf(level, time === 'created_at' ? createdAt : occurredAt))
  for (const facet of facets) {
    let ofFacet = rollups.get(facet)
    if (ofFacet === undefined) rollups.set(facet, (ofFacet = SERIES.map(() => new Map())))
    for (const [place, byStart] of ofFacet.entries()) {
      const start = starts[place] ?? 0
      let sums = byStart.get(start)
      if (sums === undefined) byStart.set(start, (sums = noSums()))
      addInsight(sums, insight, sign)
    }
  }
}

/** In the order of their key in the table. */
export function listRollups(rollups: Rollups): Rollup[] {
  const list: Rollup[] = []
  for (const [facet, ofFacet] of rollups)
    for (const [place, { time, level }] of SERIES.entries())
      for (const [start, sums] of ofFacet[place] ?? []) list.push({ facet, time, level, start, sums })
  return list.toSorted(byKey)
}

const byKey = (a: Rollup, b: Rollup): number =>
  (a.facet < b.facet ? -1 : Number(a.facet > b.facet)) ||
  (a.time < b.time ? -1 : Number(a.time > b.time)) ||
  (a.level < b.level ? -1 : Number(a.level > b.level)) ||
  a.start - b.start

/** All that an insight is counted in. */
export const countedIn = (insight: Countable): string[] => [ALL, ...insight.facets]
