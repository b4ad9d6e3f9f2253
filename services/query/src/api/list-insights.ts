import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { takeToken } from '@insights/runtime/http/take-token'
import { z } from 'zod'
import { servedColumns } from '../tables/insight-columns.ts'
import { encodeCursor } from './cursor.ts'
import { cursorAfter, type InsightFilter, ListInsightsQuery } from './list-query.ts'
import type { Reader } from './open-database.ts'
import { refuseShed, refuseWhileAway } from './refuse-while-away.ts'
import { READ_PROBLEMS } from './read-problems.ts'
import { type InsightRead, selectInsights } from './select-insights.ts'
import type { Read, Readers } from './share-readers.ts'
import { TimeWindowRead, toTimeWindowRead } from './time-window.ts'

const Insight = z.object(servedColumns)

const InsightsPage = z.object({
  metadata: z.object({
    total_count: z.int().describe('Exactly how many insights the filter has, on all pages together.'),
    returned_count: z.int(),
    time_window: TimeWindowRead,
    next_cursor: z.string().nullable().describe('Give it as `cursor` for the next page; null on the last one.'),
  }),
  data: z.array(Insight),
})

/** `GET /api/v1/insights`: the newest analysis of each conversation in a time window, newest first. */
export function listInsights(
  server: HttpServer,
  { readers, apiKeys, limiter }: { readers: Readers; apiKeys: ApiKey[]; limiter: RateLimiter },
): void {
  server.get(
    '/api/v1/insights',
    {
      onRequest: [requireScope(apiKeys, 'read'), takeToken(limiter)],
      schema: {
        operationId: 'listInsights',
        summary: 'List insights',
        tags: ['insights'],
        description: 'The newest analysis of each conversation in a time window, newest first.',
        querystring: ListInsightsQuery,
        response: { 200: InsightsPage, ...READ_PROBLEMS },
      },
    },
    async (request, reply) => {
      const { filter, after, limit } = request.query
      try {
        // One more than asked for tells whether there is a next page.
        const query = (reader: Reader) => selectInsights(reader, { filter, after, limit: limit + 1 })
        const read: Read<Awaited<ReturnType<typeof query>>> = isDear(filter)
          ? await readers.dear(query)
          : { kind: 'read', value: await readers.cheap(query) }
        if (read.kind === 'shed') return refuseShed(reply)
        const { total, insights } = read.value
        const page = insights.slice(0, limit)
        const last = insights.length > limit ? page.at(-1) : undefined
        return {
          metadata: {
            total_count: total,
            returned_count: page.length,
            time_window: toTimeWindowRead(filter),
            next_cursor: last === undefined ? null : encodeCursor(cursorAfter(last, filter)),
          },
          data: page.map(toInsight),
        }
      } catch (error) {
        return refuseWhileAway(reply, error)
      }
    },
  )
}

/**
 * The count of a window is dear where rows must be counted, and its page where the newest that match are far between.
 * Without any filter neither is so: the rollups count, and each row matches.
 */
const isDear = ({ start, end, ...filter }: InsightFilter): boolean =>
  end - start > CHEAP_WINDOW_MS && Object.values(filter).some((wanted) => wanted !== null)
const CHEAP_WINDOW_MS = 25 * 3_600_000

const toInsight = (row: InsightRead): z.infer<typeof Insight> => ({
  ...row,
  created_at: new Date(row.created_at).toISOString(),
})
