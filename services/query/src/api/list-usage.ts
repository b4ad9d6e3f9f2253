import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { takeToken } from '@insights/runtime/http/take-token'
import { z } from 'zod'
import { READ_PROBLEMS } from './read-problems.ts'
import { refuseWhileAway } from './refuse-while-away.ts'
import { selectUsage, UsageRead } from './select-usage.ts'
import type { Readers } from './share-readers.ts'
import { TimeWindowRead, toTimeWindowRead } from './time-window.ts'
import { daysOf, ListUsageQuery } from './usage-query.ts'

const UsageByDay = z.object({
  metadata: z.object({ time_window: TimeWindowRead }),
  data: z.array(UsageRead).describe('The days that have insights, oldest first, by model.'),
})

/** `GET /api/v1/usage`: tokens and cost of the insights that are served, by UTC day and model. */
export function listUsage(
  server: HttpServer,
  { readers, apiKeys, limiter }: { readers: Readers; apiKeys: ApiKey[]; limiter: RateLimiter },
): void {
  server.get(
    '/api/v1/usage',
    {
      onRequest: [requireScope(apiKeys, 'read'), takeToken(limiter)],
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
      try {
        const usage = await readers.cheap((reader) => selectUsage(reader, daysOf(query)))
        return { metadata: { time_window: toTimeWindowRead(query) }, data: [...usage] }
      } catch (error) {
        return refuseWhileAway(reply, error)
      }
    },
  )
}
