import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { cursorAfter } from '../parameters/cursor.ts'
import { timeWindowExample, TimeWindowRead, toTimeWindowRead } from '../parameters/time-window.ts'
import { askInsights } from '../reading/ask-insights.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { Insight, insightExample, toInsight } from './insight.ts'
import { ListInsightsQuery } from './list-query.ts'
import { selectInsights } from './select-insights.ts'

const InsightsPage = z
  .object({
    metadata: z.object({
      total_count: z.int().describe('Exactly how many insights the filter has, on all pages together.'),
      returned_count: z.int(),
      time_window: TimeWindowRead,
      next_cursor: z.string().nullable().describe('Give it as `cursor` for the next page; null on the last one.'),
    }),
    data: z.array(Insight),
  })
  .meta({
    description: 'A page of insights',
    examples: [
      {
        metadata: { total_count: 1, returned_count: 1, time_window: timeWindowExample, next_cursor: null },
        data: [insightExample],
      },
    ],
  })

/** `GET /api/v1/insights`: the newest analysis of each conversation in a time window, newest first. */
export function listInsights(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/insights',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'listInsights',
        summary: 'List insights',
        tags: ['insights'],
        description: 'The newest analysis of each conversation in a time window, newest first.',
        querystring: ListInsightsQuery,
        response: { 200: InsightsPage, ...READ_PROBLEMS },
      },
    },
    async ({ query: { selection, after, limit } }, reply) => {
      // One more than asked for tells whether there is a next page.
      const asked = await askInsights(route.readers, selection, (reader) =>
        selectInsights(reader, { selection, after, limit: limit + 1 }),
      )
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      const { total, insights } = asked.value
      const page = insights.slice(0, limit)
      const last = insights.length > limit ? page.at(-1) : undefined
      return {
        metadata: {
          total_count: total,
          returned_count: page.length,
          time_window: toTimeWindowRead(selection),
          next_cursor:
            last === undefined ? null : cursorAfter({ at: last[selection.time], id: last.conversation_id }, selection),
        },
        data: page.map(toInsight),
      }
    },
  )
}
