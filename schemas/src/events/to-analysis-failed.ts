import type { AnalysisFailed, FailureClass } from './analysis-failed.ts'
import { placeOf } from './headers/first-origin.ts'
import { failureId } from './ids.ts'
import { firstHeaders, type HeaderLike } from './headers/limit-headers.ts'
import type { Origin } from './origin.ts'
import { topics } from '../topics.ts'

/** A record as it was consumed. `appendedAt` is the broker's append time, epoch ms. */
export interface RecordLike {
  topic: string
  partition: number
  offset: number
  appendedAt: number
  key: Buffer | null
  value: Buffer | null
  headers: readonly HeaderLike[]
}

/** UTF-16 code units. An answer quoted in full in `detail` must not push the failure over the topic's limit. */
const MAX_PROBLEM_TEXT = 4_000

/** Bytes. A key is repeated in `original`; a payload sent as a key must not make the failure twice its size. */
const MAX_KEY_BYTES = 16 * 1024

/** Bytes of the topic's limit: problem, ids, the failure's own key and headers, and framing take half of it at most. */
const BESIDES_ORIGINAL = 256 * 1024

/**
 * A failure with the original bytes in it, so that it can be driven again.
 * `attempts` is 0 when the model was never asked; `failedAt` is epoch ms; `origin` is where the record was first, if it
 * was published again. Problem texts are cut at 4,000 characters.
 * Key and value are left out where they are larger than a failure may be, headers where a record has more of them than
 * it may, or their names were no UTF-8 and have grown; then `detail` says so.
 */
export function toAnalysisFailed(input: {
  record: RecordLike
  origin?: Origin
  class: FailureClass
  problem: { type: string; title: string; detail: string }
  conversationId?: string | null
  attempts: number
  retryable: boolean
  failedAt: number
}): AnalysisFailed {
  const { record, problem, origin = placeOf(record) } = input
  const { key, value, left: leftBytes } = keptBytes(record)
  const all = record.headers
  const headers = firstHeaders(all, MAX_ORIGINAL_BYTES - (key?.length ?? 0) - (value?.length ?? 0))
  const leftHeaders = headers.length < all.length ? ` (of its headers, the first ${headers.length} are kept here)` : ''
  const left = leftBytes + leftHeaders
  return {
    failure_id: failureId(origin, input.class),
    conversation_id: input.conversationId ?? null,
    class: input.class,
    problem: { type: cut(problem.type), title: cut(problem.title), detail: cut(problem.detail, left) },
    attempts: input.attempts,
    retryable: input.retryable,
    failed_at: input.failedAt,
    origin,
    original: { key, value, headers },
  }
}

/** A record that was compressed may be larger than any failure. */
function keptBytes({ key, value }: RecordLike): { key: Buffer | null; value: Buffer | null; left: string } {
  const bytes = (key?.length ?? 0) + (value?.length ?? 0)
  if (bytes <= MAX_ORIGINAL_BYTES) return { key, value, left: '' }
  const isKeyShort = key !== null && key.length <= MAX_KEY_BYTES
  return { key: isKeyShort ? key : null, value: null, left: ` (its ${bytes} bytes are too many to be kept here)` }
}

/**
 * The key of the failure's own record: the conversation, else the original key, else (none, or too long) the failure.
 */
export function analysisFailedKey(failed: AnalysisFailed): string | Buffer {
  const { key } = failed.original
  if (failed.conversation_id !== null) return failed.conversation_id
  return key !== null && key.length > 0 && key.length <= MAX_KEY_BYTES ? key : failed.failure_id
}

function cut(text: string, addition = ''): string {
  const max = MAX_PROBLEM_TEXT - addition.length
  return (text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`) + addition
}

const MAX_ORIGINAL_BYTES = Number(topics.analysisFailed.config['max.message.bytes']) - BESIDES_ORIGINAL
