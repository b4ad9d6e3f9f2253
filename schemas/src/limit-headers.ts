/** A header of a record in Kafka. */
export interface HeaderLike {
  readonly name: string
  readonly value: Buffer | null
}

/**
 * Names, values and two bytes for each header, the least that its lengths take: an empty one is not free. Far more than traces,
 * tenants and content types need; what is more would only fill memory and failures.
 */
export const HEADERS_MAX_BYTES = 64 * 1024

/** What is wrong with a record whose headers are too large; null when they are not. They are looked at before the value is. */
export function headersTooLarge(headers: readonly HeaderLike[]): HeadersTooLarge | null {
  let bytes = 0
  for (const header of headers) {
    bytes += headerBytes(header)
    if (bytes > HEADERS_MAX_BYTES) return TOO_LARGE
  }
  return null
}

/** The first of the headers, as many as are no more than this many bytes together in Avro, and no more than a record may have. */
export function firstHeaders(headers: readonly HeaderLike[], maxBytes: number): HeaderLike[] {
  const kept: HeaderLike[] = []
  let bytes = 0
  for (const header of headers) {
    bytes += headerBytes(header) + AVRO_LENGTHS
    if (bytes > maxBytes || kept.length * 2 >= HEADERS_MAX_BYTES) break
    kept.push(header)
  }
  return kept
}

export type HeadersTooLarge = typeof TOO_LARGE

const headerBytes = ({ name, value }: HeaderLike): number => 2 + Buffer.byteLength(name) + (value?.length ?? 0)

/** Of a name, of a value and of which of the two a value is, beyond the two bytes that are counted. */
const AVRO_LENGTHS = 7

const TOO_LARGE = {
  kind: 'unreadable',
  class: 'too_large',
  title: 'The headers are too large',
  detail: `the record has more than ${HEADERS_MAX_BYTES} bytes of headers; names, values and two bytes for each count`,
  retryable: false,
  conversationId: null,
} as const
