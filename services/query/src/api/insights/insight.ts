import { z } from 'zod'
import { servedColumns } from '../../tables/insight-columns.ts'

/** An insight as the API gives it. */
export const Insight = z.object(servedColumns)
export type Insight = z.infer<typeof Insight>

/** An insight as it is read: times are epoch ms. */
export const InsightRead = Insight.extend({ created_at: z.int(), occurred_at: z.int() })
export type InsightRead = z.infer<typeof InsightRead>

export const toInsight = (row: InsightRead): Insight => ({
  ...row,
  created_at: new Date(row.created_at).toISOString(),
  occurred_at: new Date(row.occurred_at).toISOString(),
})
