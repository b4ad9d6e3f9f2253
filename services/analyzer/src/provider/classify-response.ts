import type { MisconfiguredReason, Refusal } from './provider.ts'
import { readError } from './read-error.ts'

/** A response of the provider as it came. */
export interface Response {
  status: number
  /** `get` as of fetch's Headers. */
  headers: { get(name: string): string | null }
  /** At most what the bounded read let through. */
  body: string
}

/**
 * Why a response is no answer: xAI's table of errors (docs.x.ai, debugging; knowledge of its bodies from reports in
 * public trackers), and what gateways and Azure make of it. The status alone does not decide: a wrong key is a 400, an
 * empty account a 429 or a 403, a text that trips a safety check is a 403 too, and an outage may come as a 200 or
 * inside of a gateway's own status. The words do, and the status that the error itself names. `ownTime`, epoch ms,
 * counts where the response has no date.
 */
export function classifyResponse({ status: outer, headers, body }: Response, ownTime: number): Refusal {
  const now = sentAt(headers) ?? ownTime
  const said = readError(body, now)
  const passesOn = isSuccess(outer) || outer === 400 || outer >= 500
  const status = passesOn ? (said.status ?? outer) : outer
  const detail = `HTTP ${outer}: ${body.slice(0, 300)}`
  const misconfigured = (reason: MisconfiguredReason): Refusal => ({ verdict: 'misconfigured', reason, detail })
  const transient = (reason: 'rate_limited' | 'unavailable'): Refusal => ({
    verdict: 'transient',
    reason,
    detail,
    retryAfterMs: parseRetryAfter(headers, now) ?? bounded(said.retryAfterMs),
  })

  const { words } = said
  if (status >= 300 && status < 400) return misconfigured('redirected')
  if (status === 408 || status === 409 || status === 425 || status >= 500) return transient('unavailable')
  // One call alone is above the limit per minute: it would be refused for ever.
  if (status === 429 && TOO_LARGE.test(words)) return { verdict: 'too_long', reason: 'too_large', detail }
  if (status === 429) return CREDITS.test(words) ? misconfigured('credits') : transient('rate_limited')
  if (TOO_LONG.test(words)) return { verdict: 'too_long', reason: 'context', detail }
  if (FILTER.test(words)) return { verdict: 'unsafe', reason: 'blocked', detail }
  if (status === 402 || CREDITS.test(words)) return misconfigured('credits')
  if (status === 401 || API_KEY.test(words)) return misconfigured('api_key')
  if (status === 403 && ACCESS.test(words)) return misconfigured('api_key')
  // An error that came as a success says too little to stop everything for it.
  if (isSuccess(status)) return transient(RATE.test(words) ? 'rate_limited' : 'unavailable')
  if (status === 404) return misconfigured('model')
  if (status === 413) return { verdict: 'too_long', reason: 'too_large', detail }
  return { verdict: 'refused', reason: 'request', detail }
}

/** A time to wait until is on the clock of the server that names it; ours may be wrong by hours (RFC 9110, 6.6.1). */
function sentAt(headers: Response['headers']): number | null {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? null : date
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300

/**
 * Milliseconds that the provider asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date (RFC
 * 9110, 10.2.3). Long ones count too; undefined when there is none or it cannot be read.
 */
export function parseRetryAfter(headers: Response['headers'], now: number): number | undefined {
  const ms = Number(headers.get('retry-after-ms') || Number.NaN)
  if (ms >= 0) return bounded(ms)
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  // Date.parse reads nearly anything as a date, "-3" too; an HTTP date names its month.
  const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : date - now
  return Number.isNaN(wait) ? undefined : bounded(wait)
}

const bounded = (ms: number | undefined) => ms && Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS)

/** Longest wait that is believed: a date years ahead is a fault of the header. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

/** xAI's, Azure's and OpenRouter's. */
const FILTER =
  /usage guidelines|SAFETY_CHECK|failed check|content[ _-](filter|management|moderation)|responsible ?ai|flagged|moderation|was filtered/i
const CREDITS = /credits|spending limit|billing|insufficient_quota|exceeded your current quota/i
const API_KEY = /api[ _-]?key/i
/** Of a 403: a firewall's page says none of these, and stands there because of a text. */
const ACCESS =
  /permission to|not permitted|unauthori[sz]ed|credential|authentication|your (account|team|organi[sz]ation)/i
const RATE = /too many (requests|tokens)|rate.?limit/i
const TOO_LARGE = /request too large/i
const TOO_LONG = /context (length|window)|maximum (prompt|context) length|too many tokens in|prompt is too long/i
