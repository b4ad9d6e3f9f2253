import avsc, { type Type } from 'avsc'
import { compileWriter, type Writer } from './compile-writer.ts'
import { connectRegistry, type Registry } from './connect-registry.ts'
import { describeFaults } from './describe-faults.ts'
import { ConversationId } from './scalars.ts'
import { rememberWriters, type Writers } from './remember-writers.ts'
import { subjectName, topicIds, topics, type EventOf, type TopicId } from './topics.ts'
import { frame, unframe } from './wire-format.ts'

/**
 * - `unreadable`: this record can never be read as it is. `retryable` when its bytes may be readable later (its schema id
 *   is unknown to the registry). `conversationId` when it could be read that far. `detail` of class `invalid` lists every
 *   fault with its JSON pointer.
 * - `registry_away`: nothing is known about the record; ask again later.
 */
export type Decoded<T> =
  | { kind: 'ok'; value: T }
  | {
      kind: 'unreadable'
      class: 'undecodable' | 'invalid'
      title: string
      detail: string
      retryable: boolean
      conversationId: string | null
    }
  | { kind: 'registry_away'; detail: string }

export interface Codec {
  /** Registers the schemas of all topics, compatibility BACKWARD. Throws RegistryAway, SchemaRefused. Provisioning only. */
  register(): Promise<void>
  /** Looks up the writer ids of all topics. Throws RegistryAway, SchemaNotRegistered. */
  load(): Promise<void>
  /** The id of our own schema of a topic, after load(). */
  writerId(topic: TopicId): number
  /** The record's value. Throws before load(), and on an event that breaks its contract: both are our bug. */
  encode<K extends TopicId>(topic: K, event: EventOf<K>): Buffer
  /** Never rejects for reasons of the record or the registry. The event shares no memory with the value. */
  decode<K extends TopicId>(topic: K, value: Buffer | null): Promise<Decoded<EventOf<K>>>
}

interface Side {
  type: Type
  writers: Writers<Writer>
  writerId: number | null
}

/** Larger events are encoded into a buffer of their own. */
const SCRATCH_BYTES = 64 * 1024

const UNKNOWN_ID_TTL_MS = 30_000

/** The longest that a decode of a schema id seen for the first time may take, and each question of load(). */
const LOOKUP_TIMEOUT_MS = 3_000

/**
 * Events to and from Kafka values: Avro in the Confluent wire format, held to the zod contract on both ways.
 * `registryUrl` is the Confluent API of the registry, `prefix` the TOPIC_PREFIX, `now` epoch ms.
 */
export function createCodec(options: {
  registryUrl: string
  prefix: string
  auth?: { username: string; password: string }
  now?: () => number
  unknownIdTtlMs?: number
  lookupTimeoutMs?: number
}): Codec {
  const { prefix, auth, now = Date.now, unknownIdTtlMs = UNKNOWN_ID_TTL_MS } = options
  const timeoutMs = options.lookupTimeoutMs ?? LOOKUP_TIMEOUT_MS
  const registry = connectRegistry({ url: options.registryUrl, timeoutMs, ...(auth && { auth }) })
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  const sides = Object.fromEntries(topicIds.map((id) => [id, createSide(id, registry, now, unknownIdTtlMs)])) as Record<
    TopicId,
    Side
  >

  function writerId(topic: TopicId): number {
    const id = sides[topic].writerId
    if (id === null) throw new Error('the codec is used before load()')
    return id
  }

  return {
    async register() {
      for (const id of topicIds) await registry.register(subjectName(id, prefix), topics[id].avro)
    },

    async load() {
      const load = async (id: TopicId) => {
        const side = sides[id]
        const schemaId = await registry.findId(subjectName(id, prefix), topics[id].avro)
        side.writers.set(schemaId, compileWriter(side.type, side.type))
        side.writerId = schemaId
      }
      await Promise.all(topicIds.map(load))
    },

    writerId,

    encode(topic, event) {
      const schemaId = writerId(topic)
      const parsed = topics[topic].schema.safeParse(event)
      if (!parsed.success) {
        throw new Error(`an event for ${topics[topic].name} breaks its contract: ${describeFaults(parsed.error)}`)
      }
      return frame(schemaId, scratch, (buffer, at) => sides[topic].type.encode(parsed.data, buffer, at))
    },

    async decode(topic, value) {
      const framed = unframe(value)
      if ('fault' in framed) return undecodable('Not in the Confluent wire format', framed.fault)
      const { schemaId, payload } = framed
      const { writers } = sides[topic]
      let writer = writers.known(schemaId)
      if (writer === undefined) {
        const answer = await writers.find(schemaId)
        if (answer.kind === 'away') return { kind: 'registry_away', detail: answer.detail }
        writer = answer.kind === 'unknown' ? 'unknown' : answer.writer
      }
      if (writer === 'unknown') {
        const detail = `the registry has no schema with id ${schemaId}`
        return { ...undecodable('The schema is unknown', detail), retryable: true }
      }
      return read(topic, schemaId, writer, payload)
    },
  }
}

function createSide(id: TopicId, registry: Registry, now: () => number, unknownIdTtlMs: number): Side {
  const type = avsc.Type.forSchema(topics[id].avro as Parameters<typeof avsc.Type.forSchema>[0])
  const lookUp = async (schemaId: number) => {
    const found = await registry.findSchema(schemaId)
    switch (found.kind) {
      case 'found':
        return { kind: 'writer', writer: compileWriter(type, found.type) } as const
      case 'unusable':
        return { kind: 'writer', writer: { unreadable: found.detail } } as const
      default:
        return found
    }
  }
  return { type, writers: rememberWriters<Writer>({ lookUp, now, unknownIdTtlMs }), writerId: null }
}

function read<K extends TopicId>(topic: K, schemaId: number, writer: Writer, payload: Buffer): Decoded<EventOf<K>> {
  const { avro, schema } = topics[topic]
  if ('unreadable' in writer) {
    return undecodable('The schema does not fit', `schema ${schemaId} as ${avro.name}: ${writer.unreadable}`)
  }
  const result = writer.read(payload)
  if ('fault' in result) return undecodable('The bytes do not match their schema', result.fault)
  const parsed = schema.safeParse(result.value)
  if (parsed.success) return { kind: 'ok', value: parsed.data as EventOf<K> }
  return {
    kind: 'unreadable',
    class: 'invalid',
    title: `${avro.name} breaks its contract`,
    detail: describeFaults(parsed.error),
    retryable: false,
    conversationId: conversationIdOf(result.value),
  }
}

function undecodable(title: string, detail: string) {
  return { kind: 'unreadable', class: 'undecodable', title, detail, retryable: false, conversationId: null } as const
}

function conversationIdOf(event: unknown): string | null {
  const id = ConversationId.safeParse((event as { conversation_id?: unknown }).conversation_id)
  return id.success ? id.data : null
}
