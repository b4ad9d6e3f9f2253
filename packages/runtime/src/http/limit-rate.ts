/** A token bucket: holds up to one second's worth (at least one token), so a quiet client may send as much at once. */
export interface Bucket {
  tokens: number
  /** When `tokens` was right, in milliseconds of a monotonic clock. */
  at: number
}

export interface Grant {
  bucket: Bucket
  /** How many of the wanted tokens were there, 0 … wanted. */
  granted: number
  /** Whole seconds, at least 1, until another token is there. */
  retryAfter: number
  /** `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-11. */
  fields: { 'ratelimit-policy': string; ratelimit: string }
}

/** Takes up to `wanted` tokens at `now`; undefined is a full one. Pure: the caller keeps the returned bucket. */
export function takeTokens(
  bucket: Bucket | undefined,
  { policy, perSecond, now }: { policy: string; perSecond: number; now: number },
  wanted: number,
): Grant {
  const capacity = Math.max(1, perSecond)
  const refilled = bucket ? bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond : capacity
  const before = Math.min(capacity, refilled)
  const granted = Math.min(wanted, Math.floor(before + ROUNDING))
  const tokens = Math.max(0, before - granted)
  const remaining = Math.floor(tokens + ROUNDING)
  const untilFull = Math.ceil((capacity - tokens) / perSecond - ROUNDING)
  return {
    bucket: { tokens, at: Math.max(now, bucket?.at ?? now) },
    granted,
    retryAfter: Math.max(1, Math.ceil((1 - tokens) / perSecond - ROUNDING)),
    fields: {
      'ratelimit-policy': `"${policy}";q=${Math.floor(capacity)};w=${Math.max(1, Math.ceil(1 / perSecond))}`,
      ratelimit: `"${policy}";r=${remaining};t=${Math.max(0, untilFull)}`,
    },
  }
}

/** Ten waits of 100 ms at 1/s must make a whole token, although ten times 0.1 is less than 1 in binary. */
const ROUNDING = 1e-9

export interface RateLimiter {
  /** What is counted. */
  policy: string
  take(owner: { name: string; rps?: number | undefined } | null, wanted: number): Omit<Grant, 'bucket'>
}

/**
 * One bucket per API key and one for all clients without, so there are never more buckets than configured keys (I8).
 * `now` is monotonic, in milliseconds.
 */
export function createRateLimiter({
  policy,
  perSecond,
  now,
}: {
  /** What is counted, in a word: `conversations`. */
  policy: string
  perSecond: number
  now: () => number
}): RateLimiter {
  const buckets = new Map<string | null, Bucket>()
  return {
    policy,
    take: (owner, wanted) => {
      const name = owner?.name ?? null
      const { bucket, ...grant } = takeTokens(
        buckets.get(name),
        { policy, perSecond: owner?.rps ?? perSecond, now: now() },
        wanted,
      )
      buckets.set(name, bucket)
      return grant
    },
  }
}
