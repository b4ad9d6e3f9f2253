import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import type { Database } from './open-database.ts'
import { refuseWhileAway } from './refuse-while-away.ts'
import { selectUsage } from './select-usage.ts'
import { TimeWindowRead, toTimeWindowRead } from './time-window.ts'
import { daysOf, ListUsageQuery } from './usage-query.ts'

const Usage = z.object({
  day: z.iso.date().describe('A whole day, UTC.'),
  model: z.string().describe('The model that answered.'),
  insights: z.int().describe('How many insights of that day it gave.'),
  prompt_tokens: z.int().describe('Tokens read, cached ones included.'),
  cached_tokens: z.int().describe("Tokens read from the provider's prefix cache."),
  completion_tokens: z.int().describe('Tokens written, without those the model thought in.'),
  reasoning_tokens: z.int().describe('Tokens the model thought in.'),
  cost_usd: z.string().describe('US dollars, exact: a decimal number with ten digits after the point.'),
})

const UsageByDay = z.object({
  metadata: z.object({ time_window: TimeWindowRead }),
  data: z.array(Usage).describe('The days that have insights, oldest first, by model.'),
})

/** `GET /api/v1/usage`: tokens and cost of the insights that are served, by UTC day and model. */
export function listUsage(server: HttpServer, { database, apiKeys }: { database: Database; apiKeys: ApiKey[] }): void {
  server.get(
    '/api/v1/usage',
    {
      onRequest: requireScope(apiKeys, 'read'),
      schema: {
        summary: 'Tokens and cost by day and model',
        description:
          'What the insights that are served took: the newest analysis of each conversation, counted on the day (UTC) of its `created_at`. ' +
          'Always whole days: all those that the window reaches into. An analysis that a newer submission replaced, or that was erased, is ' +
          'not in it, and neither are calls that gave nothing; a conversation posted again unchanged may be answered without a call, and then ' +
          "took nothing. All that was spent is in the analyzer's metrics: `insights_daily_cost_usd`, `insights_cost_usd_total`.",
        querystring: ListUsageQuery,
        response: { 200: UsageByDay },
      },
    },
    async ({ query }, reply) => {
      try {
        const usage = await selectUsage(await database.pool(), daysOf(query))
        return { metadata: { time_window: toTimeWindowRead(query) }, data: [...usage] }
      } catch (error) {
        return refuseWhileAway(reply, error)
      }
    },
  )
}
