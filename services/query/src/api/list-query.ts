import { z } from 'zod'
import { type Cursor, decodeCursor, fingerprint, type Position } from './cursor.ts'
import { parseInstant } from '@insights/runtime/parse-instant'

const sentiments = ['positive', 'neutral', 'negative'] as const

/** What selects insights. Instants are epoch milliseconds, perhaps with a fraction; both ends belong to the window. */
export interface InsightFilter {
  start: number
  end: number
  min_confidence: number | null
  sentiment: (typeof sentiments)[number] | null
  cluster: string | null
}

export interface ListQuery {
  filter: InsightFilter
  limit: number
  after: Position | null
}

const instantSyntax =
  'an ISO 8601 date-time such as 2026-01-02T03:04:05Z or 2026-01-02T03:04:05%2B02:00 (no offset means UTC), or a Unix time in seconds'

const fields = z.object({
  start_time: parameter(parseInstant, `must be ${instantSyntax}`).describe(
    `Beginning of the window, inclusive: ${instantSyntax}.`,
  ),
  end_time: parameter(parseInstant, `must be ${instantSyntax}`).describe(
    'End of the window, inclusive; later than start_time and written like it.',
  ),
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
  .superRefine(
    ({ start_time, end_time }, context) => {
      if (end_time > start_time) return
      context.addIssue({ code: 'custom', path: ['end_time'], message: 'must be later than start_time' })
    },
    // Also when other parameters are faulty: only these two must have been read.
    { when: ({ value }) => isNumber(value, 'start_time') && isNumber(value, 'end_time') },
  )
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

/** A query parameter: a text, given once, that `parse` makes something of; null from it is a fault. */
function parameter<T>(parse: (text: string) => T | null, fault: string) {
  return z
    .string({ error: ({ input }) => (Array.isArray(input) ? 'must be given only once' : `is required and ${fault}`) })
    .transform((text, context): T => {
      const value = parse(text)
      if (value !== null) return value
      context.addIssue({ code: 'custom', message: fault })
      return z.NEVER
    })
}

function parseLimit(text: string): number | null {
  return /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000 ? Number(text) : null
}

function parseConfidence(text: string): number | null {
  return /^\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text) && Number(text) <= 1 ? Number(text) : null
}

function parseSentiment(text: string): (typeof sentiments)[number] | null {
  return sentiments.find((word) => word === text) ?? null
}

/** Postgres refuses a NUL in a text, and no cluster has one. */
function parseCluster(text: string): string | null {
  return text === '' || text.includes('\0') ? null : text
}

function isNumber(value: unknown, name: 'start_time' | 'end_time'): boolean {
  return typeof (value as Partial<Fields> | null)?.[name] === 'number'
}

const toFilter = ({ start_time, end_time, min_confidence, sentiment, cluster }: Fields): InsightFilter => ({
  start: start_time,
  end: end_time,
  min_confidence: min_confidence ?? null,
  sentiment: sentiment ?? null,
  cluster: cluster ?? null,
})
