import type { OutgoingHeader, RecordHeader } from './records.ts'

/**
 * A record of two megabytes may hold a million headers, each fifty times its size once it is an object. So no more than
 * these are read: that there are so many is all that one needs to know. Each counts 16 bytes and more, so they are more
 * than 64 KiB.
 */
export const MAX_HEADERS_READ = 64 * 64 + 1

/**
 * The headers of a record as they are on the wire: a count, then names and values with their lengths, all numbers
 * zigzag varints, -1 for a null value. Takes every byte sequence: what says that it is longer than the section ends
 * with it. The values are slices of the section. A name that is not UTF-8 holds replacement characters, as Java's
 * client has it.
 */
export function readHeaders(section: Buffer): RecordHeader[] {
  const headers: RecordHeader[] = []
  let at = 0

  function readNumber(): number {
    let number = 0
    for (let scale = 1; scale <= MAX_SCALE; scale *= 128) {
      const byte = section[at++]
      if (byte === undefined) break
      number += (byte % 128) * scale
      if (byte < 128) break
    }
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2
  }
  function readBytes(length: number): Buffer {
    const bytes = section.subarray(at, at + length)
    at += length
    return bytes
  }

  const count = Math.min(readNumber(), MAX_HEADERS_READ)
  while (headers.length < count && at < section.length) {
    const name = readBytes(Math.max(0, readNumber())).toString()
    const length = readNumber()
    headers.push({ name, value: length < 0 ? null : length === 0 ? EMPTY : readBytes(length) })
  }
  return headers
}

/** What `readHeaders` reads. */
export function writeHeaders(headers: readonly OutgoingHeader[]): Buffer {
  let size = MAX_NUMBER_BYTES
  for (const { name, value } of headers)
    size += 2 * MAX_NUMBER_BYTES + Buffer.byteLength(name) + (value === null ? 0 : Buffer.byteLength(value))
  const section = Buffer.allocUnsafe(size)
  let at = 0

  function writeNumber(number: number): void {
    let rest = number < 0 ? -2 * number - 1 : 2 * number
    for (; rest >= 128; rest = Math.floor(rest / 128)) section[at++] = 128 + (rest % 128)
    section[at++] = rest
  }
  function write(bytes: Buffer | string): void {
    writeNumber(Buffer.byteLength(bytes))
    at += typeof bytes === 'string' ? section.write(bytes, at) : bytes.copy(section, at)
  }

  writeNumber(headers.length)
  for (const { name, value } of headers) {
    write(name)
    if (value === null) writeNumber(-1)
    else write(value)
  }
  return section.subarray(0, at)
}

const EMPTY = Buffer.alloc(0)
const MAX_NUMBER_BYTES = 5
const MAX_SCALE = 128 ** (MAX_NUMBER_BYTES - 1)
