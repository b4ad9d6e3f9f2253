import type { Read, Writer } from './compile-writer.ts'
import { ConversationReceived } from '../events/conversation-received.ts'
import { describeFaults } from '../events/describe-faults.ts'
import { parseEvent, type LongList } from '../events/parse-event.ts'
import { ConversationId } from '../events/scalars.ts'
import { topics, type EventOf, type TopicId } from '../topics.ts'

/**
 * - `unreadable`: this record can never be read as it is. `retryable` when its bytes may be readable later (its schema
 *   id is unknown to the registry). `conversationId` when it could be read that far. `detail` of class `invalid` lists
 *   the faults with their JSON pointers, the first twenty of many. `too_large`: a list has more items than are taken.
 * - `registry_away`: nothing is known about the record; ask again later.
 * - `schema_unavailable`: the registry answers, but not for the record's schema. Ask again; when that goes on for too
 *   long it is `unreadable`.
 */
export type Decoded<T> =
  | { kind: 'ok'; value: T }
  | {
      kind: 'unreadable'
      class: 'undecodable' | 'invalid' | 'too_large'
      title: string
      detail: string
      retryable: boolean
      conversationId: string | null
    }
  | { kind: 'registry_away'; detail: string }
  | { kind: 'schema_unavailable'; schemaId: number; detail: string }

/** The event whose list may be long makes faults in bulk. */
const longLists: Partial<Record<TopicId, LongList>> = {
  conversationsReceived: { field: 'messages', schema: ConversationReceived.shape.messages },
}

/** What a record's payload says by its writer's schema, held to the topic's contract. */
export function readPayload<K extends TopicId>(
  topic: K,
  schemaId: number,
  writer: Writer,
  payload: Buffer,
): Decoded<EventOf<K>> {
  const { avro, schema } = topics[topic]
  if ('unreadable' in writer) {
    return undecodable('The schema does not fit', `schema ${schemaId} as ${avro.name}: ${writer.unreadable}`)
  }
  const result = writer.read(payload)
  if ('fault' in result) return undecodable('The bytes do not match their schema', result.fault)
  if ('tooMany' in result) return tooLarge(avro.name, result)
  const parsed = parseEvent(schema, result.value, longLists[topic])
  if (parsed.ok) return { kind: 'ok', value: parsed.value as EventOf<K> }
  return {
    kind: 'unreadable',
    class: 'invalid',
    title: `${avro.name} breaks its contract`,
    detail: describeFaults(parsed),
    retryable: false,
    conversationId: conversationIdOf(result.value),
  }
}

function tooLarge(name: string, { tooMany, conversationId }: Extract<Read, { tooMany: unknown }>) {
  const { field, items, most } = tooMany
  const variable = field === 'messages' ? ' (MAX_MESSAGES)' : ''
  return {
    kind: 'unreadable',
    class: 'too_large',
    title: `${name} has too many ${field}`,
    detail: `${items} ${field}, at most ${most} are taken${variable}`,
    retryable: false,
    conversationId: conversationIdOf({ conversation_id: conversationId }),
  } as const
}

export function undecodable(title: string, detail: string) {
  return { kind: 'unreadable', class: 'undecodable', title, detail, retryable: false, conversationId: null } as const
}

function conversationIdOf(event: unknown): string | null {
  const id = ConversationId.safeParse((event as { conversation_id?: unknown }).conversation_id)
  return id.success ? id.data : null
}
