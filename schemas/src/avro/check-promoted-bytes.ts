import { isUtf8 } from 'node:buffer'
import avsc, { type Type } from 'avsc'

/**
 * Avro lets a writer's bytes be read as our string, and then any bytes may come: those that are not UTF-8 are all read
 * as the same replacement character. Null when the writer has no bytes; else a check of a payload that was read as
 * `value`.
 */
export function checkPromotedBytes(
  reader: Type,
  writer: Type,
): ((payload: Buffer, value: unknown) => string | null) | null {
  if (!JSON.stringify(writer.schema()).includes('"bytes"')) return null
  const bytes = avsc.Type.forSchema('bytes')
  const typeHook = (schema: unknown) => (schema === 'string' ? bytes : undefined)
  // The same reader, but each string is left as the bytes that it is.
  const asBytes = avsc.Type.forSchema(reader.schema({ exportAttrs: true }), { typeHook } as never)
  const resolver = asBytes.createResolver(writer, { ignoreNamespaces: true })
  return (payload, value) =>
    areStringsUtf8(value, asBytes.fromBuffer(payload, resolver)) ? null : 'bytes in the place of a string are not UTF-8'
}

function areStringsUtf8(value: unknown, raw: unknown): boolean {
  if (typeof value === 'string') return !Buffer.isBuffer(raw) || isUtf8(raw)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return true
  return Object.entries(value).every(([key, inner]) => areStringsUtf8(inner, (raw as Record<string, unknown>)[key]))
}
