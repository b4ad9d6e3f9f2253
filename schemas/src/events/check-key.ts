import { isUtf8 } from 'node:buffer'
import type { ConversationReceived } from './conversation-received.ts'
import type { Decoded } from '../avro/read-payload.ts'

/** A record's key as text; null when there is none, or when it is not UTF-8 and two keys would read alike. */
export const keyText = (key: Buffer | null): string | null => (key !== null && isUtf8(key) ? key.toString() : null)

/**
 * A conversation under its own key, or `invalid`. The key decides the partition: under two keys its submissions lie in
 * two partitions, are analysed side by side, and the older answer can be the last one.
 */
export function checkKey(key: Buffer | null, decoded: Decoded<ConversationReceived>): Decoded<ConversationReceived> {
  if (decoded.kind !== 'ok') return decoded
  const { conversation_id: conversationId } = decoded.value
  if (keyText(key) === conversationId) return decoded
  return {
    kind: 'unreadable',
    class: 'invalid',
    title: "The record key is not the conversation's id",
    detail:
      `the key is ${describeKey(key)} and must be the conversation_id, ${JSON.stringify(conversationId)}, in UTF-8: ` +
      'it decides the partition, and so the order of the submissions of a conversation',
    retryable: false,
    conversationId,
  }
}

function describeKey(key: Buffer | null): string {
  if (key === null) return 'null'
  const start = key.subarray(0, MOST_SHOWN)
  const shown = isUtf8(key) ? JSON.stringify(start.toString().toWellFormed()) : `0x${start.toString('hex')} (not UTF-8)`
  return key.length > MOST_SHOWN ? `${shown} … (${key.length} bytes)` : shown
}

/** Bytes: an id of 200 characters may have more, which is still enough to find it by. */
const MOST_SHOWN = 200
