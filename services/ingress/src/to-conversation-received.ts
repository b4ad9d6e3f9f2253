import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import type { ConversationRequest } from './conversation-request.ts'

/** The event of an accepted request. */
export function toConversationReceived(
  request: ConversationRequest,
  ids: { conversationId: string; submissionId: string },
): ConversationReceived {
  return {
    conversation_id: ids.conversationId,
    messages: request.messages.map((message) => ({
      author_id: message.author_id ?? null,
      text: message.text,
      timestamp: message.timestamp ?? null,
      inbound: message.inbound ?? null,
    })),
    metadata: JSON.stringify(request.metadata),
    source: 'http',
    submission_id: ids.submissionId,
  }
}
