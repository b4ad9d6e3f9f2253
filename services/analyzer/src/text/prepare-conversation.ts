import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { insightId } from '@insights/schemas/events/ids'
import { suspicionOf, type SuspicionKind } from './injection/detect-suspicion.ts'
import { readMessages, type ReadMessage } from './read-messages.ts'
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
  const read = readMessages(messages)
  return {
    insightId: insightId({ conversation_id, messages, prompt_version, model }),
    ...toTurns(read, { maxTokens: itemMaxTokens, maskPii }),
    suspicion: suspicionOf(read.map(withHidden))?.kind ?? null,
  }
}

/** What a page does not show can give orders to a model all the same. */
const withHidden = ({ inbound, text, hidden }: ReadMessage) => ({
  inbound,
  text: hidden === '' ? text : `${text}\n${hidden}`,
})
