/** What became of a request to Grok. */
export type AskResult =
  /** A 200 whose body is for the judge. */
  | { kind: 'answered'; body: string; requestId: string | null }
  /** The provider will not take this request: something in it, not the world, is at fault. */
  | { kind: 'rejected'; reason: 'unsafe' | 'too_long'; detail: string }
  /** Passes by itself. */
  | { kind: 'weather'; reason: WeatherReason; detail: string; retryAfterMs?: number | undefined }
  /** Passes when a person acts. */
  | { kind: 'misconfigured'; reason: MisconfiguredReason; detail: string }
  /** Given up by us, at the stop's deadline. */
  | { kind: 'aborted' }
  /** It did not leave: the gate was closed at the last moment, or no connection was ready. */
  | { kind: 'held' }

export type WeatherReason = 'rate_limited' | 'unavailable' | 'timeout' | 'network'
export type MisconfiguredReason = 'api_key' | 'credits' | 'model' | 'redirected' | 'request'

export interface HttpResponse {
  status: number
  /** `get` as of fetch's Headers. */
  headers: { get(name: string): string | null }
  /** At most what the bounded read let through. */
  body: string
}

/**
 * xAI's table of errors (docs.x.ai, debugging; knowledge of its bodies from reports in public trackers). The status alone
 * does not decide: a wrong key is a 400, an empty account a 429 or a 403, and a text that trips a safety check is a 403 too.
 */
export function classifyResponse({ status, headers, body }: HttpResponse, now: number): AskResult {
  const detail = `HTTP ${status}: ${body.slice(0, 300)}`
  const retryAfterMs = parseRetryAfter(headers, now)
  const misconfigured = (reason: MisconfiguredReason): AskResult => ({ kind: 'misconfigured', reason, detail })
  const weather = (reason: WeatherReason): AskResult => ({ kind: 'weather', reason, detail, retryAfterMs })

  if (status === 200)
    return isOutageIn200(body)
      ? weather('unavailable')
      : { kind: 'answered', body, requestId: headers.get('x-request-id') }
  if (status >= 300 && status < 400) return misconfigured('redirected')
  if (status === 429) return CREDITS.test(body) ? misconfigured('credits') : weather('rate_limited')
  if (status === 408 || status === 409 || status === 425) return weather('unavailable')
  if (status >= 500) return weather('unavailable')
  if (status === 413 || (status < 500 && TOO_LONG.test(body))) return { kind: 'rejected', reason: 'too_long', detail }
  if (status === 403 && UNSAFE.test(body)) return { kind: 'rejected', reason: 'unsafe', detail }
  if (CREDITS.test(body)) return misconfigured('credits')
  if (status === 401 || status === 403 || API_KEY.test(body)) return misconfigured('api_key')
  if (status === 404) return misconfigured('model')
  return misconfigured('request')
}

/**
 * Milliseconds that the provider asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date (RFC 9110,
 * 10.2.3). Long ones count too; undefined when there is none or it cannot be read.
 */
export function parseRetryAfter(headers: HttpResponse['headers'], now: number): number | undefined {
  const ms = Number(headers.get('retry-after-ms') || Number.NaN)
  if (ms >= 0) return Math.min(ms, MAX_RETRY_AFTER_MS)
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  // Date.parse reads nearly anything as a date, "-3" too; an HTTP date names its month.
  const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : date - now
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), MAX_RETRY_AFTER_MS)
}

/** Longest wait that is believed: a date years ahead is a fault of the header. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

const UNSAFE = /usage guidelines|SAFETY_CHECK|failed check/i
const CREDITS = /credits|spending limit|billing/i
const API_KEY = /api key/i
const TOO_LONG = /context (length|window)|maximum (prompt|context) length|too many tokens in|prompt is too long/i

/** A 200 may carry `{code, error}` and no choices (seen with "The service is currently unavailable"). */
function isOutageIn200(body: string): boolean {
  if (body.length > 10_000 || !/"error"/.test(body) || /"choices"/.test(body)) return false
  return /unavailable|overloaded|capacity|try again|timed? ?out|internal/i.test(body)
}
