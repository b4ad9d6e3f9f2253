import { createHash } from 'node:crypto'

/** `conv_` and 32 hex digits. From a UUIDv7 the ids sort by time. */
export function conversationIdFrom(uuid: string): string {
  return `conv_${uuid.replaceAll('-', '')}`
}

/**
 * The conversation that belongs to an `Idempotency-Key`: the same for every retry, another for each API key's owner, so
 * that a client cannot hit another's conversation by choosing the same key.
 */
export function deriveConversationId(idempotencyKey: string, apiKeyName: string | null): string {
  return conversationIdFrom(hashedUuid(['conversation', apiKeyName, idempotencyKey]))
}

/**
 * The submission that belongs to an `Idempotency-Key` and a content: a retry is the same submission, another body under
 * the same key is a newer one of the same conversation.
 */
export function deriveSubmissionId(idempotencyKey: string, apiKeyName: string | null, content: unknown): string {
  return hashedUuid(['submission', apiKeyName, idempotencyKey, content])
}

/** UUIDv8 from SHA-256 as in RFC 9562 appendix B.2. JSON keeps the parts apart, whatever characters they hold. */
function hashedUuid(parts: unknown[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
