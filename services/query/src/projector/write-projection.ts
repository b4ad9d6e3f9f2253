import type { Pool } from 'pg'
import { inTransaction } from './in-transaction.ts'
import { eraseConversations, upsertInsights } from './insights-table.ts'
import type { Projection } from './project-insights.ts'

/**
 * One transaction for all that a batch of `partition` does to the tables. Returns when the conversations were submitted
 * (epoch ms) whose insights are visible now and were not before.
 */
export async function writeProjection(pool: Pool, partition: number, projection: Projection): Promise<number[]> {
  const { insights, erasures } = projection
  if (insights.length + erasures.length === 0) return []
  return inTransaction(pool, partition, async (client) => {
    await eraseConversations(client, erasures)
    return upsertInsights(client, insights)
  })
}
