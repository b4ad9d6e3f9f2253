import { sql } from 'slonik'
import { z } from 'zod'
import { servedColumns } from '../../tables/insight-columns.ts'

/** An insight as the API gives it. */
export const Insight = z.object(servedColumns)
export type Insight = z.infer<typeof Insight>

/** Its columns in the table `insights`. */
export const insightColumns = sql.join(
  Object.keys(servedColumns).map((name) => sql.identifier([name])),
  sql.fragment`, `,
)

/** For the description of the API. */
export const insightExample: Insight = {
  conversation_id: 'ticket-4711',
  sentiment_score: -0.72,
  clusters: ['delivery', 'damaged goods'],
  confidence: 0.91,
  reasoning: 'The order arrived broken, and the customer had to ask twice.',
  model: 'grok-4.3',
  created_at: '2026-11-28T09:14:31.204Z',
  occurred_at: '2026-11-28T09:14:05.000Z',
  truncated: false,
}

/** An insight as it is read: times are epoch ms. */
export const InsightRead = Insight.extend({ created_at: z.int(), occurred_at: z.int() })
export type InsightRead = z.infer<typeof InsightRead>

export const toInsight = (row: InsightRead): Insight => ({
  ...row,
  created_at: new Date(row.created_at).toISOString(),
  occurred_at: new Date(row.occurred_at).toISOString(),
})
