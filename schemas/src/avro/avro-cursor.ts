import { isUtf8 } from 'node:buffer'

/** Where the reading of a payload stands. */
export interface Cursor {
  bytes: Buffer
  at: number
}

/** The bytes are not what their schema says. */
export class BytesFault extends Error {}

export function walkBytes(cursor: Cursor): void {
  walkFixed(cursor, readLong(cursor))
}

/** Other bytes than UTF-8 would all be read as the same replacement character, and two ids become one. */
export function walkString(cursor: Cursor): void {
  const length = readLong(cursor)
  const start = cursor.at
  walkFixed(cursor, length)
  if (!isUtf8(cursor.bytes.subarray(start, cursor.at)))
    throw new BytesFault(`the string of ${length} bytes at byte ${start} is not UTF-8`)
}

export function walkVarint(cursor: Cursor): void {
  const { bytes } = cursor
  const limit = Math.min(bytes.length, cursor.at + 10)
  let at = cursor.at
  while (at < limit && (bytes[at] ?? 0) >= 0x80) at++
  if (at >= limit) throw truncated(cursor)
  cursor.at = at + 1
}

/** A zigzag varint as a number; loses precision above 2^53, which no size or count in a real record reaches. */
export function readLong(cursor: Cursor): number {
  const { bytes } = cursor
  const first = bytes[cursor.at]
  if (first !== undefined && first < 0x80) {
    cursor.at++
    return (first >>> 1) ^ -(first & 1)
  }
  const start = cursor.at
  walkVarint(cursor)
  let value = 0
  for (let at = cursor.at - 1; at >= start; at--) value = value * 128 + ((bytes[at] ?? 0) & 0x7f)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

export function walkFixed(cursor: Cursor, size: number): void {
  if (size < 0) throw new BytesFault(`a length of ${size} at byte ${cursor.at}`)
  if (size > cursor.bytes.length - cursor.at) throw truncated(cursor)
  cursor.at += size
}

function truncated(cursor: Cursor): BytesFault {
  return new BytesFault(`the value does not end within the record's ${cursor.bytes.length} bytes (byte ${cursor.at})`)
}
