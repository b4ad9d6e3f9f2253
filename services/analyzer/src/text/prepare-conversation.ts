import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { insightId } from '@insights/schemas/events/ids'
import { suspicionOf, type SuspicionKind } from './injection/detect-suspicion.ts'
import { toTurns, type Turns } from './to-turns.ts'

/** What of the configuration decides how a conversation is shown to the model; part of its insight's id. */
export interface PrepareSettings {
  model: string
  promptVersion: string
  itemMaxTokens: number
  maskPii: boolean
}

/** What the analyzer needs to know of a conversation before it is asked about. */
export interface Prepared extends Turns {
  insightId: string
  /** Why it looks as if it were written to steer the model: then it goes alone. */
  suspicion: SuspicionKind | null
}

/**
 * All of the work that grows with a conversation's text: its id, its turns as the model sees them, and whether it is
 * suspicious.
 */
export function prepareConversation(
  { conversation_id, messages }: Pick<ConversationReceived, 'conversation_id' | 'messages'>,
  { model, promptVersion: prompt_version, itemMaxTokens, maskPii }: PrepareSettings,
): Prepared {
  return {
    insightId: insightId({ conversation_id, messages, prompt_version, model }),
    ...toTurns(messages, { maxTokens: itemMaxTokens, maskPii }),
    suspicion: suspicionOf(messages)?.kind ?? null,
  }
}
