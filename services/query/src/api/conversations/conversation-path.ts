import { ConversationId, isAddressable, NOT_ADDRESSABLE } from '@insights/schemas/events/scalars'
import { z } from 'zod'

/** The path of a conversation, as Fastify writes it. */
export const CONVERSATION_PATH = '/api/v1/conversations/:conversation_id'

/** Its parameter, decoded: what no event can have is refused with the reason. */
export const ConversationParams = z.object({
  conversation_id: ConversationId.refine(isAddressable, NOT_ADDRESSABLE).describe(
    'The id of the conversation, percent-encoded (encodeURIComponent): any Unicode, `/` included.',
  ),
})
