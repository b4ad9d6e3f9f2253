import { groupLag } from '@insights/runtime/kafka/admin'
import type { TopicId } from '@insights/schemas/topics'
import type { Pipeline } from './start-bed.ts'

/**
 * How many records a topic has been given, from the broker's own figures: reading them would cost the CPU that is
 * measured.
 */
export async function countRecords({ kafka, prefix, topic }: Pipeline, id: TopicId): Promise<number> {
  const partitions = await groupLag(kafka, `${prefix}count`, [topic(id)])
  return partitions.reduce((sum, { end }) => sum + end, 0)
}
