import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { timeWindowExample, TimeWindowRead, toTimeWindowRead } from '../parameters/time-window.ts'
import { askReaders } from '../reading/ask-readers.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { selectUsage, UsageRead } from './select-usage.ts'
import { daysOf, ListUsageQuery } from './usage-query.ts'

const UsageByDay = z
  .object({
    metadata: z.object({ time_window: TimeWindowRead }),
    data: z.array(UsageRead).describe('The days that have insights, oldest first, by model.'),
  })
  .meta({
    description: 'Tokens and cost',
    examples: [
      {
        metadata: { time_window: timeWindowExample },
        data: [
          {
            day: '2026-11-28',
            model: 'grok-4.3',
            insights: 1204,
            prompt_tokens: 842_800,
            cached_tokens: 216_720,
            completion_tokens: 144_480,
            reasoning_tokens: 0,
            cost_usd: '0.2034760000',
          },
        ],
      },
    ],
  })

/** `GET /api/v1/usage`: tokens and cost of the insights that are served, by UTC day and model. */
export function listUsage(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/usage',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'listUsage',
        summary: 'Tokens and cost by day and model',
        tags: ['usage'],
        description:
          'What the insights that are served took: the newest analysis of each conversation, counted on the day (UTC) of its `created_at`. ' +
          'Always whole days: all those that the window reaches into. An analysis that a newer submission replaced, or that was erased, is ' +
          'not in it, and neither are calls that gave nothing; a conversation posted again unchanged may be answered without a call, and then ' +
          "took nothing. All that was spent is in the analyzer's metrics: `insights_daily_cost_usd`, `insights_cost_usd_total`.",
        querystring: ListUsageQuery,
        response: { 200: UsageByDay, ...READ_PROBLEMS },
      },
    },
    async ({ query }, reply) => {
      const asked = await askReaders(route.readers, 'cheap', (reader) => selectUsage(reader, daysOf(query)))
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      return { metadata: { time_window: toTimeWindowRead(query) }, data: [...asked.value] }
    },
  )
}
