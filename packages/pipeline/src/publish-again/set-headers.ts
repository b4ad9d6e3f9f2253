import type { RecordHeader } from '@insights/runtime/kafka/records'
import { FIRST_ORIGIN, firstOriginHeader, firstOriginOf } from '@insights/schemas/events/first-origin'
import type { Origin } from '@insights/schemas/events/origin'

/**
 * Where the submission was first of a record that was at `own` with these headers: by its header where that is valid.
 */
export function ageOf(own: Origin, headers: readonly RecordHeader[]): Origin {
  const first = firstOriginOf({ ...own, appendedAt: own.appended_at, headers })
  return first.kind === 'ok' ? first.origin : own
}

/** The headers as they are, with the first origin among them: the record's own where it is valid, else `own`. */
export function withFirstOrigin(own: Origin, headers: readonly RecordHeader[]): RecordHeader[] {
  const carries = headers.some(({ name }) => name === FIRST_ORIGIN)
  if (carries && firstOriginOf({ ...own, appendedAt: own.appended_at, headers }).kind === 'ok') return [...headers]
  return [...headers.filter(({ name }) => name !== FIRST_ORIGIN), firstOriginHeader(own)]
}
