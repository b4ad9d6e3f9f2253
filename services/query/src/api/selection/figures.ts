import { sql, type FragmentSqlToken } from 'slonik'
import { z } from 'zod'
import { placeOf, type Sentiment, SENTIMENTS } from '../../counts/sum-insights.ts'
import { sentimentConditions } from './count-insights.ts'

const count = z.int().min(0)

/** How many insights there are of each sentiment. */
export const SentimentCounts = z.object({ negative: count, neutral: count, positive: count })
export type SentimentCounts = z.infer<typeof SentimentCounts>

/** Counts, and the sums of score and confidence in millionths, each rounded as `rollups` has it. */
export const Figures = SentimentCounts.extend({ sentiment_micros: z.int(), confidence_micros: z.int() })
export type Figures = z.infer<typeof Figures>

export const totalOf = ({ negative, neutral, positive }: SentimentCounts): number => negative + neutral + positive

/** A figure as it is read of a row of `insights`, and of a row of `rollups`. Whole numbers, as doubles. */
export interface Column {
  name: keyof Figures
  ofRow: FragmentSqlToken
  ofRollup: FragmentSqlToken
}

/** The columns of `SentimentCounts`, of insights with at least `percent` of confidence. */
export const countColumns = (sentiment: Sentiment | null, percent: number): Column[] =>
  SENTIMENTS.map((name, at) => ({
    name,
    ofRow: sql.fragment`(${sentimentConditions[name]})::integer::float8`,
    ofRollup: isAsked(sentiment, name) ? sql.fragment`counts[${placeOf(at, percent)}::integer]::float8` : none,
  }))

/** The columns of `Figures`. Rollups have the sums of all insights of a sentiment, whatever their confidence. */
export const figureColumns = (sentiment: Sentiment | null): Column[] => [
  ...countColumns(sentiment, 0),
  ...(['sentiment', 'confidence'] as const).map((what) => ({
    name: `${what}_micros` as const,
    ofRow: millionths(sql.identifier([what === 'sentiment' ? 'sentiment_score' : 'confidence'])),
    ofRollup: sumOfSentiments(sentiment, sql.identifier([`${what}_micros`])),
  })),
]

const none = sql.fragment`0::float8`
const isAsked = (asked: Sentiment | null, one: Sentiment): boolean => asked === null || asked === one

function sumOfSentiments(sentiment: Sentiment | null, micros: ReturnType<typeof sql.identifier>): FragmentSqlToken {
  const places = SENTIMENTS.flatMap((name, at) => (isAsked(sentiment, name) ? [at + 1] : []))
  return sql.fragment`(${sql.join(
    places.map((place) => sql.fragment`${micros}[${place}::integer]`),
    sql.fragment` + `,
  )})::float8`
}

/** As Math.round has it, with which rollups are made: halves go up. */
const millionths = (value: ReturnType<typeof sql.identifier>): FragmentSqlToken =>
  sql.fragment`floor(${value} * 1e6::float8) + (${value} * 1e6::float8 - floor(${value} * 1e6::float8) >= 0.5)::integer`

/** Of rows of `insights`, under the names of the columns. */
export const ofRows = (columns: readonly Column[]): FragmentSqlToken =>
  list(columns.map(({ name, ofRow }) => sql.fragment`${ofRow} as ${sql.identifier([name])}`))

/** Of rows of `rollups`, under the names of the columns. */
export const ofRollups = (columns: readonly Column[]): FragmentSqlToken =>
  list(columns.map(({ name, ofRollup }) => sql.fragment`${ofRollup} as ${sql.identifier([name])}`))

/** Sums of what has the names of the columns; 0 of nothing. */
export const sumsOf = (columns: readonly Column[]): FragmentSqlToken =>
  list(
    columns.map(({ name }) => sql.fragment`coalesce(sum(${sql.identifier([name])}), 0) as ${sql.identifier([name])}`),
  )

/** The other way round: what is less. */
export const negatives = (columns: readonly Column[]): FragmentSqlToken =>
  list(columns.map(({ name }) => sql.fragment`-${sql.identifier([name])} as ${sql.identifier([name])}`))

export const namesOf = (columns: readonly Column[]): FragmentSqlToken =>
  list(columns.map(({ name }) => sql.identifier([name])))

const list = (parts: readonly (FragmentSqlToken | ReturnType<typeof sql.identifier>)[]): FragmentSqlToken =>
  sql.fragment`${sql.join(parts, sql.fragment`, `)}`

/** A mean to six digits; null of nothing. */
export const meanOf = (micros: number, count: number): number | null =>
  count === 0 ? null : Math.round(micros / count) / 1e6
