import type { Decoded } from '../avro/read-payload.ts'
import type { ConversationReceived } from './conversation-received.ts'
import { firstOriginOf } from './headers/first-origin.ts'
import type { RecordLike } from './to-analysis-failed.ts'

/**
 * A conversation whose header says where it was first, if it says so at all, or `invalid`: a guess at its age could let
 * an old submission win over a newer one, or bring back what was erased (I7).
 */
export function checkFirstOrigin(
  record: Omit<RecordLike, 'key' | 'value'>,
  decoded: Decoded<ConversationReceived>,
): Decoded<ConversationReceived> {
  if (decoded.kind !== 'ok') return decoded
  const first = firstOriginOf(record)
  if (first.kind === 'ok') return decoded
  return {
    kind: 'unreadable',
    class: 'invalid',
    title: 'The header of a record that is published again is no origin',
    detail: first.detail,
    retryable: false,
    conversationId: decoded.value.conversation_id,
  }
}
