import avsc, { type Type } from 'avsc'
import { compileWriter, type Limits, type Writer } from './avro/compile-writer.ts'
import { connectRegistry } from './registry/connect-registry.ts'
import { describeFaults } from './events/describe-faults.ts'
import { createLookUp, type Looked } from './registry/look-up-schema.ts'
import { createPace } from './registry/pace-questions.ts'
import { readPayload, undecodable, type Decoded } from './avro/read-payload.ts'
import { rememberWriters, type Writers } from './registry/remember-writers.ts'
import { createSchemaWaits } from './registry/wait-for-schema.ts'
import { subjectName, topicIds, topics, type EventOf, type TopicId } from './topics.ts'
import { frame, unframe } from './avro/wire-format.ts'

export type { Decoded }

export interface Codec {
  /**
   * Registers the schemas of all topics, compatibility BACKWARD. Throws RegistryAway, SchemaRefused. Provisioning only.
   */
  register(): Promise<void>
  /** Looks up the writer ids of all topics. Throws RegistryAway, SchemaNotRegistered. */
  load(): Promise<void>
  /** The record's value. Throws before load(), and on an event that breaks its contract: both are our bug. */
  encode<K extends TopicId>(topic: K, event: EventOf<K>): Buffer
  /** Never rejects for reasons of the record or the registry. The event shares no memory with the value. */
  decode<K extends TopicId>(topic: K, value: Buffer | null): Promise<Decoded<EventOf<K>>>
  /**
   * Begins to look up the schema ids of records that will be decoded soon, several at a time. Called with each batch,
   * so that thousands of records with ids that no registry knows do not wait for one answer after the other.
   */
  prefetch(topic: TopicId, values: Iterable<Buffer | null>): void
}

interface Side {
  type: Type
  writers: Writers<Writer>
  writerId: number | null
}

/** Larger events are encoded into a buffer of their own. */
const SCRATCH_BYTES = 64 * 1024

/** How long it is remembered that an id is unknown, or that the registry has not given its schema for too long. */
const UNKNOWN_ID_TTL_MS = 30_000

/** The longest that records wait for a schema that the registry does not give although it answers for others. */
const SCHEMA_WAIT_MS = 600_000

/** The longest that a decode of a schema id seen for the first time may take, and each question of load(). */
const LOOKUP_TIMEOUT_MS = 3_000

/**
 * What a flood of unknown ids may cost the registry, from each process. Twenty thousand of them are done with in 40 s;
 * far fewer would keep good records behind them waiting for long.
 */
const LOOKUPS_PER_SECOND = 500

const DEFAULT_MAX_MESSAGES = 10_000

/** The largest MAX_MESSAGES: for those that read what ingress and analyzer have let pass, whatever theirs is. */
export const MOST_MESSAGES = 100_000

/** Of other lists, which our own contracts keep far shorter. */
const MAX_ITEMS = 10_000

/**
 * Events to and from Kafka values: Avro in the Confluent wire format, held to the zod contract on both ways.
 * `registryUrl` is the Confluent API of the registry, `prefix` the TOPIC_PREFIX, `now` monotonic ms.
 */
export function createCodec(options: {
  registryUrl: string
  prefix: string
  auth?: { username: string; password: string }
  now?: () => number
  lookupTimeoutMs?: number
  schemaWaitMs?: number
  /** Most messages of a conversation. */
  maxMessages?: number
}): Codec {
  const { prefix, auth, now = () => performance.now(), maxMessages = DEFAULT_MAX_MESSAGES } = options
  const timeoutMs = options.lookupTimeoutMs ?? LOOKUP_TIMEOUT_MS
  const registry = connectRegistry({ url: options.registryUrl, timeoutMs, ...(auth && { auth }) })
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  const maxItems: Record<TopicId, Limits> = {
    conversationsReceived: { messages: maxMessages },
    analysisStarted: { items: MAX_ITEMS },
    insightsProduced: { clusters: MAX_ITEMS },
    analysisFailed: {},
  }
  const pace = createPace(LOOKUPS_PER_SECOND, () => performance.now())
  const waitMs = options.schemaWaitMs ?? SCHEMA_WAIT_MS
  const waits = createSchemaWaits({ waitMs, askAgainMs: UNKNOWN_ID_TTL_MS, now })
  // Schemas of our own are there as long as the registry is what it was.
  const ownId = () => topicIds.map((id) => sides[id].writerId).find((id) => id !== null) ?? null
  const lookUp = createLookUp({ registry, pace, waits, ownId, now })
  const side = (id: TopicId) => createSide({ id, lookUp, now, maxItems: maxItems[id] })
  const sides = Object.fromEntries(topicIds.map((id) => [id, side(id)])) as Record<TopicId, Side>

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
        side.writers.keep(schemaId, compileWriter(side.type, side.type, maxItems[id]))
        side.writerId = schemaId
      }
      await Promise.all(topicIds.map(load))
    },

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
        const overdue = waits.overdue(schemaId)
        if (overdue !== null) {
          // Asked beside: a question that hangs must not hold up the records behind.
          if (overdue.isOld) writers.askAhead([schemaId])
          return schemaOverdue(schemaId, waitMs, overdue.detail)
        }
        const answer = await writers.find(schemaId)
        if (answer.kind === 'away') return { kind: 'registry_away', detail: answer.detail }
        if (answer.kind === 'unavailable' && answer.isOverdue) return schemaOverdue(schemaId, waitMs, answer.detail)
        if (answer.kind === 'unavailable') return { kind: 'schema_unavailable', schemaId, detail: answer.detail }
        writer = answer.kind === 'unknown' ? 'unknown' : answer.writer
      }
      if (writer === 'unknown') {
        const detail = `the registry has no schema with id ${schemaId}`
        return { ...undecodable('The schema is unknown', detail), retryable: true }
      }
      return readPayload(topic, schemaId, writer, payload)
    },

    prefetch(topic, values) {
      sides[topic].writers.askAhead(schemaIdsOf(values))
    },
  }
}

function schemaOverdue(schemaId: number, waitMs: number, reason: string) {
  const detail = `the registry has not given schema ${schemaId} for ${waitMs / 1_000} s, but answers for others: ${reason}`
  return { ...undecodable('The schema is not available', detail), retryable: true }
}

function createSide({
  id,
  lookUp: ask,
  now,
  maxItems,
}: {
  id: TopicId
  lookUp: (schemaId: number) => Promise<Looked>
  now: () => number
  maxItems: Limits
}): Side {
  const type = avsc.Type.forSchema(topics[id].avro as Parameters<typeof avsc.Type.forSchema>[0])
  const lookUp = async (schemaId: number) => {
    const found = await ask(schemaId)
    switch (found.kind) {
      case 'found':
        return { kind: 'writer', writer: compileWriter(type, found.type, maxItems) } as const
      case 'unusable':
        return { kind: 'writer', writer: { unreadable: found.detail } } as const
      default:
        return found
    }
  }
  return {
    type,
    writers: rememberWriters<Writer>({
      lookUp,
      isSmall: (writer) => 'unreadable' in writer,
      now,
      unknownIdTtlMs: UNKNOWN_ID_TTL_MS,
    }),
    writerId: null,
  }
}

/** Neighbours mostly have the same one. */
function* schemaIdsOf(values: Iterable<Buffer | null>): Generator<number> {
  let last: number | undefined
  for (const value of values) {
    const framed = unframe(value)
    if ('fault' in framed || framed.schemaId === last) continue
    last = framed.schemaId
    yield last
  }
}
