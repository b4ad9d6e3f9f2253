import type { Type } from 'avsc'
import { checkAvroBytes } from './check-avro-bytes.ts'

export type Read = { value: unknown } | { fault: string }

/** Reads a payload of one writer schema as the reader's type; `unreadable` says why no payload of it ever can be. */
export type Writer = { read: (payload: Buffer) => Read } | { unreadable: string }

/**
 * Compiles the way from a writer's schema to the reader's, once: it costs a thousand times what reading a record costs.
 * Names are compared without their namespace, as the Avro specification has it. Strings and bytes are copied out of the
 * payload.
 */
export function compileWriter(reader: Type, writer: Type): Writer {
  let check: (payload: Buffer) => string | null
  let resolver: ReturnType<Type['createResolver']>
  try {
    check = checkAvroBytes(writer)
    resolver = reader.createResolver(writer, { ignoreNamespaces: true })
  } catch (error) {
    return { unreadable: messageOf(error) }
  }
  return {
    read(payload) {
      const fault = check(payload)
      if (fault !== null) return { fault }
      try {
        return { value: reader.fromBuffer(payload, resolver) }
      } catch (error) {
        return { fault: messageOf(error) } // an enum index out of range, a long beyond 2^53
      }
    },
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) throw error
  return error.message.slice(0, 500)
}
