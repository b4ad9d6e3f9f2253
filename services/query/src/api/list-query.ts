import { z } from 'zod'
import { type Cursor, decodeCursor, fingerprint, type Position } from './cursor.ts'
import { parameter } from './query-parameter.ts'
import { endIsLater, type TimeWindow, windowParameters } from './time-window.ts'

const sentiments = ['positive', 'neutral', 'negative'] as const

/** What selects insights. */
export interface InsightFilter extends TimeWindow {
  min_confidence: number | null
  sentiment: (typeof sentiments)[number] | null
  cluster: string | null
}

export interface ListQuery {
  filter: InsightFilter
  limit: number
  after: Position | null
}

const fields = z.object({
  ...windowParameters,
  limit: parameter(parseLimit, 'must be a whole number from 1 to 1000')
    .default(100)
    .meta({ type: 'integer', minimum: 1, maximum: 1000, default: 100, description: 'How many insights at most.' }),
  min_confidence: parameter(parseConfidence, 'must be a number from 0 to 1')
    .optional()
    .meta({ type: 'number', minimum: 0, maximum: 1, description: 'Only insights with at least this confidence.' }),
  sentiment: parameter(parseSentiment, `must be one of ${sentiments.join(', ')}`)
    .optional()
    .meta({
      enum: [...sentiments],
      description: 'positive: sentiment_score > 0.2; neutral: from -0.2 to 0.2; negative: < -0.2.',
    }),
  cluster: parameter(parseCluster, 'must be the name of a cluster')
    .optional()
    .describe('Only insights in this topic cluster, named as in `clusters`; capitals do not matter.'),
  cursor: parameter(decodeCursor, 'is not a cursor of this API: give the next_cursor of the page before as it is')
    .optional()
    .describe('The next_cursor of the page before, with the same filter; limit may differ.'),
})
type Fields = z.infer<typeof fields>

/** The query string of `GET /api/v1/insights`. Every fault it has is reported at once. */
export const ListInsightsQuery = fields
  .superRefine(...endIsLater)
  .superRefine((query, context) => {
    if (query.cursor === undefined || query.cursor.madeFor === fingerprint(toFilter(query))) return
    const message = 'was made for another filter: keep the filter of the first page, or begin again without a cursor'
    context.addIssue({ code: 'custom', path: ['cursor'], message })
  })
  .transform((query): ListQuery => {
    return { filter: toFilter(query), limit: query.limit, after: query.cursor?.position ?? null }
  })

/** For the next page of this query. */
export function cursorAfter(position: Position, filter: InsightFilter): Cursor {
  return { position, madeFor: fingerprint(filter) }
}

function parseLimit(text: string): number | null {
  return /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000 ? Number(text) : null
}

function parseConfidence(text: string): number | null {
  // One way to read a row of digits: with two, a parameter of 16 KB of them took half a second.
  return /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text) && Number(text) <= 1 ? Number(text) : null
}

function parseSentiment(text: string): (typeof sentiments)[number] | null {
  return sentiments.find((word) => word === text) ?? null
}

/** Postgres refuses a NUL in a text, and no cluster has one. */
function parseCluster(text: string): string | null {
  return text === '' || text.includes('\0') ? null : text
}

const toFilter = ({ start_time, end_time, min_confidence, sentiment, cluster }: Fields): InsightFilter => ({
  start: start_time,
  end: end_time,
  min_confidence: min_confidence ?? null,
  sentiment: sentiment ?? null,
  cluster: cluster ?? null,
})
