import { hash } from 'node:crypto'
import { v5 as uuidv5 } from 'uuid'
import type { FailureClass } from './analysis-failed.ts'
import type { Message } from './conversation-received.ts'
import type { Origin } from './origin.ts'

/** UUIDv5 of `urn:conversation-insights:insight` in RFC 9562's URL namespace. Changing it changes every insight_id. */
const INSIGHTS = 'd9fe399e-885e-5dc8-a9e0-a751d38b446e'

/** UUIDv5 of `urn:conversation-insights:failure` in RFC 9562's URL namespace. Changing it changes every failure_id. */
const FAILURES = 'd971a18e-ee69-55f3-a682-cda17af51e53'

/**
 * The id of an insight (I6): a UUIDv5 of the conversation, the SHA-256 of its messages, the prompt version and the
 * model that was asked. The same work redelivered, repeated or posted again is the same insight; metadata, source and
 * submission do not count.
 */
export function insightId(input: {
  conversation_id: string
  messages: readonly Message[]
  prompt_version: string
  model: string
}): string {
  const { conversation_id, messages, prompt_version, model } = input
  return uuidv5(JSON.stringify([conversation_id, hashMessages(messages), prompt_version, model]), INSIGHTS)
}

/** The id of a failure: a UUIDv5 of the record it came from and the class. Met again, it is the same failure. */
export function failureId(origin: Origin, failureClass: FailureClass): string {
  const { topic, partition, offset, appended_at } = origin
  return uuidv5(JSON.stringify([topic, partition, offset, appended_at, failureClass]), FAILURES)
}

/** By position, not by name, so that the order of an object's fields does not count. */
function hashMessages(messages: readonly Message[]): string {
  const canonical = messages.map(({ author_id, text, timestamp, inbound }) => [author_id, text, timestamp, inbound])
  return hash('sha256', JSON.stringify(canonical), 'hex')
}
