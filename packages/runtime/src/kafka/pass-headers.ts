import { childTraceparent } from '../trace-context.ts'

/**
 * The headers of a record that follows from another: a child of its trace, the content type of its own value, and whatever
 * else it carried. Those are passed on up to a bound, in their order: a topic takes megabytes of headers, the next one may
 * take less, and a record that no broker takes would stop the partition.
 */
export function passHeaders(
  from: Record<string, Buffer>,
  contentType: string,
  randomBytes: (n: number) => Buffer,
): Record<string, Buffer | string> {
  let bytes = 0
  const passedOn = Object.entries(from).filter(
    ([name, value]) => (bytes += Buffer.byteLength(name) + value.length) <= PASSED_ON_MAX_BYTES,
  )
  return {
    ...Object.fromEntries(passedOn),
    traceparent: childTraceparent(from['traceparent']?.toString(), randomBytes),
    'content-type': contentType,
  }
}

const PASSED_ON_MAX_BYTES = 32 * 1024
