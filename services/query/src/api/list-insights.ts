import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { servedColumns } from '../insight-columns.ts'
import { encodeCursor } from './cursor.ts'
import { cursorAfter, ListInsightsQuery } from './list-query.ts'
import type { Database } from './open-database.ts'
import { READ_PROBLEMS } from './read-problems.ts'
import { refuseWhileAway } from './refuse-while-away.ts'
import { type InsightRead, selectInsights } from './select-insights.ts'
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
  { database, apiKeys }: { database: Database; apiKeys: ApiKey[] },
): void {
  server.get(
    '/api/v1/insights',
    {
      onRequest: requireScope(apiKeys, 'read'),
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
        const { total, insights } = await selectInsights(await database.pool(), { filter, after, limit: limit + 1 })
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

const toInsight = (row: InsightRead): z.infer<typeof Insight> => ({
  ...row,
  created_at: new Date(row.created_at).toISOString(),
})
