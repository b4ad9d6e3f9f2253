/** A header of a record in Kafka. */
export interface HeaderLike {
  readonly name: string
  readonly value: Buffer | null
}

/**
 * Names, values and 16 bytes for each header, for its lengths and its place: many empty ones are not free. Far more
 * than traces, tenants and content types need; what is more would only fill memory and failures.
 */
export const HEADERS_MAX_BYTES = 64 * 1024
const EACH_BYTES = 16
const MAX_HEADERS = HEADERS_MAX_BYTES / EACH_BYTES

/** What is wrong with a record whose headers are too large, else null. They are looked at before the value is. */
export function headersTooLarge(headers: readonly HeaderLike[]): HeadersTooLarge | null {
  let bytes = 0
  for (const header of headers) {
    bytes += headerBytes(header)
    if (bytes > HEADERS_MAX_BYTES) return TOO_LARGE
  }
  return null
}

/** As many of the first headers as `maxBytes` hold in Avro, and no more than a record may have. */
export function firstHeaders(headers: readonly HeaderLike[], maxBytes: number): HeaderLike[] {
  const kept: HeaderLike[] = []
  let bytes = 0
  for (const header of headers) {
    bytes += headerBytes(header) // in Avro, lengths and the mark of null take 9 of the 16
    if (bytes > maxBytes || kept.length === MAX_HEADERS) break
    kept.push(header)
  }
  return kept
}

export type HeadersTooLarge = typeof TOO_LARGE

const headerBytes = ({ name, value }: HeaderLike): number => EACH_BYTES + Buffer.byteLength(name) + (value?.length ?? 0)

const TOO_LARGE = {
  kind: 'unreadable',
  class: 'too_large',
  title: 'The headers are too large',
  detail: `more than ${HEADERS_MAX_BYTES} bytes of headers; names, values and ${EACH_BYTES} bytes for each count`,
  retryable: false,
  conversationId: null,
} as const
