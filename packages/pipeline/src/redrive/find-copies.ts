import { createHash } from 'node:crypto'
import { lastHeader, type ConsumedRecord } from '@insights/runtime/kafka/records'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import type { DeadLetterHeader } from '@insights/schemas/events/dead-letter-headers'
import { FIRST_ORIGIN, firstOriginOf } from '@insights/schemas/events/first-origin'
import type { Origin } from '@insights/schemas/events/origin'
import type { TopicId } from '@insights/schemas/topics'
import { ageOf } from '../publish-again/set-headers.ts'
import type { FailedOriginal } from './gather-failures.ts'

/** A record of the topic that an original is published to. */
export interface Place {
  partition: number
  offset: number
}

/**
 * Finds what was published again of these originals, from whatever run, and which of it has failed again: a submission
 * by its first origin, another record by its bytes. Both are noted at the original.
 */
export function findCopies(originals: readonly FailedOriginal[]) {
  const submitted = new Map<string, FailedOriginal>()
  const others = new Map<string, FailedOriginal>()
  for (const original of originals) {
    if (original.isSubmitted) submitted.set(nameOf(original.origin), original)
    else others.set(original.hash, original)
  }
  const note = (original: FailedOriginal | undefined, { partition, offset }: ConsumedRecord) => {
    if (original !== undefined) original.copy = newerPlace(original.copy, { partition, offset })
  }
  return {
    onRecord: (topic: TopicId, record: ConsumedRecord): void => {
      if (topic === 'conversationsReceived' && record.headers.some(({ name }) => name === FIRST_ORIGIN)) {
        const first = firstOriginOf(record)
        if (first.kind === 'ok') note(submitted.get(nameOf(first.origin)), record)
      }
      if (topic === 'insightsProduced' && others.size > 0) {
        const original = others.get(hashOf(record))
        const isItself = original?.origin.partition === record.partition && original.origin.offset >= record.offset
        if (!isItself) note(original, record)
      }
    },
    onFailure: ({ origin, original: { headers } }: AnalysisFailed, record: ConsumedRecord): void => {
      const original = submitted.get(nameOf(ageOf(origin, headers)))
      if (original !== undefined) original.failed = newerPlace(original.failed, failedPlaceOf(record))
    },
  }
}

/** Whether it was published again, and that copy has not failed: its outcome is there or still to come. */
export const isWaiting = ({ copy, failed }: FailedOriginal): boolean =>
  copy !== null && !(failed !== null && failed.partition === copy.partition && failed.offset >= copy.offset)

/** The record that failed itself, by the headers of a failure's record; null where they do not tell. */
export function failedPlaceOf({ headers }: ConsumedRecord): Place | null {
  const read = (name: DeadLetterHeader): number | null => {
    const text = lastHeader(headers, name)?.toString() ?? ''
    return /^\d{1,16}$/.test(text) ? Number(text) : null
  }
  const [partition, offset] = [read('__dlq.errors.partition'), read('__dlq.errors.offset')]
  return partition === null || offset === null ? null : { partition, offset }
}

/** A key stays in its partition, unless partitions are added: then what is read later counts. */
export const newerPlace = (known: Place | null, other: Place | null): Place | null =>
  known !== null && other !== null && known.partition === other.partition && known.offset > other.offset
    ? known
    : (other ?? known)

/** Of a record's key and value. */
export function hashOf({ key, value }: { key: Buffer | null; value: Buffer | null }): string {
  const hash = createHash('sha256')
  for (const part of [key, value]) hash.update(part === null ? 'null;' : `${part.length};`).update(part ?? '')
  return hash.digest('base64')
}

const nameOf = ({ topic, partition, offset, appended_at }: Origin): string =>
  `${topic}/${partition}@${offset} ${appended_at}`
