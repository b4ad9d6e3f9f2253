/** Confluent wire format: a zero byte, the schema id as a big-endian 32-bit integer, the Avro payload. */
export const HEADER_BYTES = 5
const MAGIC = 0

/**
 * What goes on the wire for a payload that `write` puts after the header; `write` answers as avsc's Type.encode does.
 */
export function frame(schemaId: number, scratch: Buffer, write: (buffer: Buffer, position: number) => number): Buffer {
  const end = write(scratch, HEADER_BYTES)
  if (end >= 0) {
    writeHeader(scratch, schemaId)
    return Buffer.from(scratch.subarray(0, end))
  }
  const exact = Buffer.allocUnsafe(scratch.length - end) // a negative answer is the number of bytes that were missing
  write(exact, HEADER_BYTES)
  return writeHeader(exact, schemaId)
}

/** The schema id and the payload (a view, not a copy), or what is wrong with the record's value. */
export function unframe(value: Buffer | null): { schemaId: number; payload: Buffer } | { fault: string } {
  if (value === null) return { fault: 'the value is null' }
  if (value.length < HEADER_BYTES) return { fault: `the value has ${value.length} bytes, the header alone has 5` }
  if (value[0] !== MAGIC) return { fault: `the first byte is ${value[0]}, not 0` }
  const schemaId = value.readInt32BE(1)
  if (schemaId <= 0) return { fault: `${schemaId} is not a schema id` }
  return { schemaId, payload: value.subarray(HEADER_BYTES) }
}

/** Puts the header into the buffer's first bytes and returns the buffer. */
export function writeHeader(buffer: Buffer, schemaId: number): Buffer {
  buffer[0] = MAGIC
  buffer.writeInt32BE(schemaId, 1)
  return buffer
}

/** The `content-type` header of every record; not registered with IANA, but the name that other producers use. */
export const CONTENT_TYPE = 'application/vnd.confluent.avro'
