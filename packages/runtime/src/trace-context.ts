/**
 * W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/#traceparent-header): the `traceparent` of a piece of
 * work done for `parent`: the same trace id and flags, a span id of its own. Without a valid parent a new, sampled
 * trace begins. `randomBytes` gives `n` random bytes (node:crypto's).
 */
export function childTraceparent(parent: string | undefined, randomBytes: (n: number) => Buffer): string {
  const known = parse(parent)
  const traceId = known?.traceId ?? randomId(16, randomBytes)
  return `00-${traceId}-${randomId(8, randomBytes)}-${known?.flags ?? '01'}`
}

/** The 32 hex digits that name the trace, or undefined when the value is not a valid `traceparent`. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return parse(traceparent)?.traceId
}

/** The 16 hex digits that name this piece of work within its trace, or undefined when the value is not valid. */
export function spanIdOf(traceparent: string | undefined): string | undefined {
  return parse(traceparent)?.spanId
}

const SHAPE = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

// Only these flags have a meaning (sampled; the trace id is random); the others must not be passed on.
const KNOWN_FLAGS = 0b11

function parse(traceparent: string | undefined): { traceId: string; spanId: string; flags: string } | undefined {
  const match = traceparent === undefined ? null : SHAPE.exec(traceparent)
  if (match === null) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = match
  if (version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  // Version 00 ends after the flags; a later version may carry more, and what we know of it is still read.
  if (version === '00' && rest !== undefined) return undefined
  return { traceId, spanId, flags: (Number.parseInt(flags, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0') }
}

function randomId(bytes: number, randomBytes: (n: number) => Buffer): string {
  const id = randomBytes(bytes).toString('hex')
  return /^0+$/.test(id) ? `${id.slice(0, -1)}1` : id // all zeros means "no id"
}
