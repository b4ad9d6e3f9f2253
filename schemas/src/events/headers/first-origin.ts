import { isUtf8 } from 'node:buffer'
import type { HeaderLike } from './limit-headers.ts'
import { Origin } from '../origin.ts'

/**
 * The header of a record that is published again: where the submission first was in Kafka, as the JSON of an origin.
 * It counts for the age of the submission, so that a newer one stays the newer one, and what was erased stays erased.
 */
export const FIRST_ORIGIN = 'insights-first-origin'

/** Where a submission was first, by its record's last header of that name. */
export type FirstOrigin = { kind: 'ok'; origin: Origin } | { kind: 'invalid'; detail: string }

export function firstOriginHeader({ topic, partition, offset, appended_at }: Origin): { name: string; value: Buffer } {
  return { name: FIRST_ORIGIN, value: Buffer.from(JSON.stringify({ topic, partition, offset, appended_at })) }
}

/**
 * The origin of the submission that a record carries: the one in its header, else the record itself. `invalid` when the
 * header is no origin, or is later than the record's own append: then no submission would ever be newer.
 */
export function firstOriginOf(record: Place & { headers: readonly HeaderLike[] }): FirstOrigin {
  const { appendedAt } = record
  const header = record.headers.findLast(({ name }) => name === FIRST_ORIGIN)
  if (header === undefined) return { kind: 'ok', origin: placeOf(record) }
  const origin = parse(header.value)
  if (origin === null) {
    return invalid('must be a JSON object with topic, partition, offset and appended_at (epoch milliseconds)')
  }
  if (origin.appended_at > appendedAt) {
    const [claimed, own] = [origin.appended_at, appendedAt].map((at) => new Date(at).toISOString())
    return invalid(`says ${claimed}, which is later than the record's own append, ${own}`)
  }
  return { kind: 'ok', origin }
}

/** The origin of what is made from a record: where it was first; where its header is invalid, the record itself. */
export function originOf(record: Place & { headers: readonly HeaderLike[] }): Origin {
  const first = firstOriginOf(record)
  return first.kind === 'ok' ? first.origin : placeOf(record)
}

/** Where this very record is. */
export const placeOf = ({ topic, partition, offset, appendedAt }: Place): Origin => ({
  topic,
  partition,
  offset,
  appended_at: appendedAt,
})

/** Of a record. `appendedAt`: epoch ms by the broker's clock. */
interface Place {
  topic: string
  partition: number
  offset: number
  appendedAt: number
}

/** Bytes: a topic's name has 249 characters at most. */
const MAX_BYTES = 1024

function parse(value: Buffer | null): Origin | null {
  if (value === null || value.length > MAX_BYTES || !isUtf8(value)) return null
  try {
    const parsed = Origin.safeParse(JSON.parse(value.toString()))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

const invalid = (detail: string): FirstOrigin => ({ kind: 'invalid', detail: `the header ${FIRST_ORIGIN} ${detail}` })
