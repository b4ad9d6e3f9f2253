import avsc, { type Type } from 'avsc'
import { checkAvroBytes, NESTED_TOO_DEEPLY, type TooMany } from './check-avro-bytes.ts'
import { checkPromotedBytes } from './check-promoted-bytes.ts'

export type Read = { value: unknown } | { fault: string } | { tooMany: TooMany; conversationId: unknown }

/** Most items of the lists in the event's fields, by the field's name. */
export type Limits = Readonly<Record<string, number>>

/** Reads a payload of one writer schema as the reader's type; `unreadable` says why no payload of it ever can be. */
export type Writer = { read: (payload: Buffer) => Read } | { unreadable: string }

/**
 * Compiles the way from a writer's schema to the reader's, once: it costs a thousand times what reading a record costs.
 * Names are compared without their namespace, as the Avro specification has it. Strings and bytes are copied out of the
 * payload. `maxItems` bounds the lists in the fields of that name.
 */
export function compileWriter(reader: Type, writer: Type, maxItems: Limits = {}): Writer {
  let check: ReturnType<typeof checkAvroBytes>
  let resolver: ReturnType<Type['createResolver']>
  let checkPromoted: ReturnType<typeof checkPromotedBytes>
  try {
    check = checkAvroBytes(writer, maxItems)
    resolver = reader.createResolver(writer, { ignoreNamespaces: true })
    checkPromoted = checkPromotedBytes(reader, writer)
  } catch (error) {
    return { unreadable: messageOf(error) }
  }
  return {
    read(payload) {
      const fault = check(payload)
      if (typeof fault === 'string') return { fault }
      if (fault !== null) return { tooMany: fault, conversationId: readConversationId(reader, writer, payload) }
      try {
        const value: unknown = reader.fromBuffer(payload, resolver)
        const promoted = checkPromoted?.(payload, value) ?? null
        return promoted === null ? { value } : { fault: promoted }
      } catch (error) {
        return { fault: messageOf(error) } // an enum index out of range, a long beyond 2^53
      }
    },
  }
}

/** The id alone: everything else in the payload is passed over. */
function readConversationId(reader: Type, writer: Type, payload: Buffer): unknown {
  const fields = [{ name: 'conversation_id', type: 'string' }]
  try {
    const idOnly = avsc.Type.forSchema({ type: 'record', name: reader.name ?? '', fields })
    const value: unknown = idOnly.fromBuffer(payload, idOnly.createResolver(writer, { ignoreNamespaces: true }))
    return (value as { conversation_id: unknown }).conversation_id
  } catch {
    return null // the writer has no such field, or not as a string
  }
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return NESTED_TOO_DEEPLY
  if (!(error instanceof Error)) throw error
  return error.message.slice(0, 500)
}
