import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import { sql, type FragmentSqlToken } from 'slonik'

/** What selects failures; null parts select all. */
export interface FailureSelection {
  /** Epoch ms of `failed_at`, perhaps with a fraction; both belong to the window. */
  start: number | null
  end: number | null
  class: FailureClass | null
  /** The type of the problem. */
  problem: string | null
  retryable: boolean | null
  conversation: string | null
}

/** Longer types of problems are in no index (migration 011), and cannot be asked for. */
export const PROBLEM_BYTES = 1_000

/** The condition on a row of `failures`. */
export function selectsFailures(selection: FailureSelection): FragmentSqlToken {
  const { start, end, class: cls, problem, retryable, conversation } = selection
  const conditions = [sql.fragment`true`]
  // The table holds whole milliseconds.
  if (start !== null) conditions.push(sql.fragment`failed_at >= ${instant(Math.ceil(start))}::timestamptz`)
  if (end !== null) conditions.push(sql.fragment`failed_at <= ${instant(Math.floor(end))}::timestamptz`)
  if (cls !== null) conditions.push(sql.fragment`class = ${cls}`)
  if (problem !== null) conditions.push(sql.fragment`problem_type = ${problem} and ${HAS_SHORT_TYPE}`)
  if (retryable !== null) conditions.push(sql.fragment`retryable = ${retryable}`)
  if (conversation !== null) conditions.push(sql.fragment`conversation_id = ${conversation}`)
  return sql.fragment`${sql.join(conditions, sql.fragment` and `)}`
}

/** The conditions of the two indexes by the type of the problem, word for word. */
export const HAS_SHORT_TYPE = sql.fragment`octet_length(problem_type) <= 1000`
export const HAS_LONG_TYPE = sql.fragment`octet_length(problem_type) > 1000`

/**
 * A page by one filter comes from an index in its order, and so does one conversation. By several at once, rows may
 * have to be passed over; a short window bounds how many.
 */
export function isDearPage({ start, end, conversation, class: cls, problem, retryable }: FailureSelection): boolean {
  const filters = [cls, problem, retryable].filter((wanted) => wanted !== null).length
  return conversation === null && filters > 1 && !isShort(start, end)
}

/** All that are selected are counted. */
export const isDearCount = ({ start, end, conversation }: FailureSelection): boolean =>
  conversation === null && !isShort(start, end)

const isShort = (start: number | null, end: number | null): boolean =>
  start !== null && (end ?? Infinity) - start <= SHORT_MS
const SHORT_MS = 25 * 3_600_000

export const instant = (ms: number): string => new Date(ms).toISOString()
