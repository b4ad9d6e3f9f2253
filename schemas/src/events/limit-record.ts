import { topics, type TopicId } from '../topics.ts'

/**
 * What is wrong with a record that is larger than its topic takes, else null. The broker measures batches as they are
 * compressed; what it lets through may be far larger in memory, and in a failure.
 */
export function recordTooLarge(topic: TopicId, { key, value }: { key: Buffer | null; value: Buffer | null }) {
  const bytes = (key?.length ?? 0) + (value?.length ?? 0)
  const most = Number(topics[topic].config['max.message.bytes'])
  if (bytes <= most) return null
  return {
    kind: 'unreadable',
    class: 'too_large',
    title: 'The record is too large',
    detail: `${bytes} bytes of key and value, at most ${most} are taken, whatever they are compressed to`,
    retryable: false,
    conversationId: null,
  } as const
}
