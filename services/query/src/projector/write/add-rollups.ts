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
} from '../../counts/sum-insights.ts'

/** Sums of some insights by hour and day. */
export interface Rollup {
  facet: string
  time: InsightTime
  level: Level
  /** Epoch ms. */
  start: number
  sums: Sums
}

/** By facet, then by time, level and start. */
export type Rollups = Map<string, Map<string, Rollup>>

/** Adds an insight to the rollups of these facets, or takes it away. */
export function addToRollups(
  rollups: Rollups,
  facets: Iterable<string>,
  insight: Omit<Countable, 'facets'>,
  sign: 1 | -1,
): void {
  const places = TIMES.flatMap((time) =>
    LEVEL_NAMES.map((level) => {
      const start = startOf(level, time === 'created_at' ? insight.createdAt : insight.occurredAt)
      return { time, level, start, key: `${time} ${level} ${start}` }
    }),
  )
  for (const facet of facets) {
    let ofFacet = rollups.get(facet)
    if (ofFacet === undefined) rollups.set(facet, (ofFacet = new Map()))
    for (const { key, ...place } of places) {
      let rollup = ofFacet.get(key)
      if (rollup === undefined) ofFacet.set(key, (rollup = { facet, ...place, sums: noSums() }))
      addInsight(rollup.sums, insight, sign)
    }
  }
}

const LEVEL_NAMES = Object.keys(LEVELS) as Level[]

/** In the order of their key in the table. */
export function listRollups(rollups: Rollups): Rollup[] {
  const list: Rollup[] = []
  for (const ofFacet of rollups.values()) list.push(...ofFacet.values())
  return list.toSorted(byKey)
}

const byKey = (a: Rollup, b: Rollup): number =>
  (a.facet < b.facet ? -1 : Number(a.facet > b.facet)) ||
  (a.time < b.time ? -1 : Number(a.time > b.time)) ||
  (a.level < b.level ? -1 : Number(a.level > b.level)) ||
  a.start - b.start

/** All that an insight is counted in. */
export const countedIn = (insight: Countable): string[] => [ALL, ...insight.facets]
