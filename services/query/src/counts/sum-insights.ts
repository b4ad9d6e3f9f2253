import type { Usage } from '@insights/schemas/events/insight-produced'

/** What of an insight is counted. Times are epoch ms. */
export interface Countable {
  sentimentScore: number
  confidence: number
  createdAt: number
  occurredAt: number
  facets: readonly string[]
}

/** An insight that is counted from now on (`sign` 1) or no longer (-1). */
export interface CountChange {
  sign: 1 | -1
  insight: Countable & { model: string; usage: Usage }
}

/** Negative is below -0.2, positive above 0.2 (design, section 8). */
export const SENTIMENTS = ['negative', 'neutral', 'positive'] as const
export type Sentiment = (typeof SENTIMENTS)[number]

/** The place of an insight's class in `SENTIMENTS`. */
export const classOf = (score: number): number => (score < -0.2 ? 0 : score > 0.2 ? 2 : 1)

/** Confidences from 0 to 100 percent. */
export const PERCENTS = 101

/**
 * The highest whole percent that a confidence reaches, by the very comparison that Postgres makes with `confidence >=
 * 0.29`: percent / 100 is the double that is written so.
 */
export function percentOf(confidence: number): number {
  const near = Math.round(confidence * 100)
  return near / 100 <= confidence ? near : near - 1
}

/**
 * Sums of some insights: how many there are by class and percent (`class * 101 + percent`), and by class the sums of
 * score and confidence in millionths, whole numbers so that they are the same in whichever order they are added.
 */
export interface Sums {
  cells: Int32Array
  sentimentMicros: number[]
  confidenceMicros: number[]
}

export const noSums = (): Sums => ({
  cells: new Int32Array(SENTIMENTS.length * PERCENTS),
  sentimentMicros: SENTIMENTS.map(() => 0),
  confidenceMicros: SENTIMENTS.map(() => 0),
})

/** Adds an insight, or takes it away (`sign` -1). */
export function addInsight(
  sums: Sums,
  { sentimentScore, confidence }: Pick<Countable, 'sentimentScore' | 'confidence'>,
  sign: 1 | -1,
): void {
  const at = classOf(sentimentScore)
  const cell = at * PERCENTS + percentOf(confidence)
  sums.cells[cell] = (sums.cells[cell] ?? 0) + sign
  sums.sentimentMicros[at] = (sums.sentimentMicros[at] ?? 0) + sign * Math.round(sentimentScore * 1e6)
  sums.confidenceMicros[at] = (sums.confidenceMicros[at] ?? 0) + sign * Math.round(confidence * 1e6)
}

/** Adds other sums: of the hours of a day, for instance. */
export function addSums(to: Sums, other: Sums): void {
  for (let cell = 0; cell < to.cells.length; cell++) to.cells[cell] = (to.cells[cell] ?? 0) + (other.cells[cell] ?? 0)
  for (let at = 0; at < SENTIMENTS.length; at++) {
    to.sentimentMicros[at] = (to.sentimentMicros[at] ?? 0) + (other.sentimentMicros[at] ?? 0)
    to.confidenceMicros[at] = (to.confidenceMicros[at] ?? 0) + (other.confidenceMicros[at] ?? 0)
  }
}

/** As `rollups.counts` has them: at each class and percent, how many have at least that confidence. */
export function toCounts({ cells }: Sums): Int32Array {
  const counts = Int32Array.from(cells)
  for (let at = 0; at < SENTIMENTS.length; at++)
    for (let percent = PERCENTS - 2; percent >= 0; percent--) {
      const cell = at * PERCENTS + percent
      counts[cell] = (counts[cell] ?? 0) + (counts[cell + 1] ?? 0)
    }
  return counts
}

/** The place in `rollups.counts` (Postgres counts from 1) of a class and a whole percent. */
export const placeOf = (classPlace: number, percent: number): number => classPlace * PERCENTS + percent + 1

export const TIMES = ['created_at', 'occurred_at'] as const
export type InsightTime = (typeof TIMES)[number]

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const LEVELS = { hour: HOUR_MS, day: DAY_MS } as const
export type Level = keyof typeof LEVELS

/** The hour or day (UTC) that a time lies in, by its start, epoch ms. */
export const startOf = (level: Level, at: number): number => Math.floor(at / LEVELS[level]) * LEVELS[level]

/** A facet with fewer insights has no rollups: its insights are found by an index and counted. */
export const ROLLUPS_FROM = 1_000

/** The facet of all insights. */
export const ALL = ''

/** The facet of insights whose conversation was too long for a call. */
export const TRUNCATED = 'truncated=true'
