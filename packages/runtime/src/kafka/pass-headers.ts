import { childTraceparent } from '../trace-context.ts'
import { headersBytes, lastHeader, type OutgoingHeader, type RecordHeader } from './records.ts'

/**
 * The headers of a record that follows from another: whatever else it carried, then a child of its trace and the
 * content type of its own value. The others are passed on up to a bound, in their order: a topic takes megabytes of
 * headers, the next one may take less, and a record that no broker takes would stop the partition.
 */
export function passHeaders(
  from: readonly RecordHeader[],
  contentType: string,
  randomBytes: (n: number) => Buffer,
): OutgoingHeader[] {
  let bytes = 0
  const passedOn = from.filter(
    (header) => !OWN.has(header.name) && (bytes += headersBytes([header])) <= PASSED_ON_MAX_BYTES,
  )
  return [
    ...passedOn,
    { name: 'traceparent', value: childTraceparent(lastHeader(from, 'traceparent')?.toString(), randomBytes) },
    { name: 'content-type', value: contentType },
  ]
}

/** These the new record has by itself. */
const OWN = new Set(['traceparent', 'content-type'])

const PASSED_ON_MAX_BYTES = 32 * 1024
