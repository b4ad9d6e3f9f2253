import type { Message } from './conversation-received.ts'

/**
 * When a conversation took place: the latest time among its messages, null when none has one. Both times are epoch ms.
 * A time more than a day after `submittedAt`, the append of the submission by the broker's clock, is a mistake of the
 * sender and does not count: one such message would take the conversation out of every window that is asked for. A day,
 * since local times that are sent as UTC are up to 14 hours ahead.
 */
export function occurredAtOf(
  messages: readonly Pick<Message, 'timestamp'>[],
  { submittedAt }: { submittedAt: number },
): number | null {
  let latest: number | null = null
  for (const { timestamp } of messages) {
    if (timestamp === null || timestamp > submittedAt + DAY_MS) continue
    if (latest === null || timestamp > latest) latest = timestamp
  }
  return latest
}

const DAY_MS = 24 * 60 * 60 * 1000
