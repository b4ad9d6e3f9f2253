import type { z } from 'zod'
import type { Conversation } from './conversation.ts'
import type { ConversationRead } from './select-conversation.ts'
import { toTimeline } from './to-timeline.ts'

/**
 * The answer, as JSON. The metadata is put in as the text that Postgres gives: read and written again, numbers would
 * lose digits, and brackets in brackets could be too many.
 */
export function toJson({ started_attempt, again, metadata, messages, ...head }: ConversationRead): string {
  const answer: Omit<z.infer<typeof Conversation>, 'metadata'> = {
    ...head,
    messages: messages?.map(toMessage) ?? null,
    previous: [],
    timeline: toTimeline({ ...head, started_attempt, again }),
  }
  return `${JSON.stringify(answer).slice(0, -1)},"metadata":${metadata}}`
}

const toMessage = ({ timestamp, ...message }: NonNullable<ConversationRead['messages']>[number]) => ({
  ...message,
  timestamp: timestamp === null ? null : new Date(timestamp).toISOString(),
})
