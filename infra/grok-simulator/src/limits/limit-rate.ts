export type Pace = { kind: 'within' } | { kind: 'exceeded'; actual: number; limit: number }

/** How much came in the last while, for each key. Moments are on the monotonic clock, in ms. */
export interface RateLimiter {
  /**
   * Whether no window would hold more than `limit` if `amount` more came at `atMs`; `actual` is what the fullest would
   * hold.
   */
  ask(key: string, atMs: number, amount: number, limit: number): Pace
  /** Notes that it came. */
  add(key: string, atMs: number, amount: number): void
}

interface Entry {
  atMs: number
  amount: number
}

/** How much later than a call that came after it a call may be asked about: its body was on the way for so long. */
const lateMs = 10_000

/**
 * The provider's limit in a sliding window: a caller that keeps to it in every window is never refused, and no window
 * ever holds more than was let in. Calls are asked about when their bodies are there, and so not always in the order in
 * which they came; what counts is when they came. Half-open windows: two moments exactly `windowMs` apart do not share
 * one.
 */
export function createRateLimiter(windowMs: number): RateLimiter {
  const entries = new Map<string, Entry[]>()

  return {
    ask: (key, atMs, amount, limit) => {
      const actual = amount + fullest(entries.get(key) ?? [], atMs, windowMs)
      return actual > limit ? { kind: 'exceeded', actual, limit } : { kind: 'within' }
    },
    add: (key, atMs, amount) => {
      const known = entries.get(key) ?? []
      entries.set(key, known)
      known.splice(placeOf(known, atMs), 0, { atMs, amount })
      const latest = known.at(-1)?.atMs ?? atMs
      while (latest - (known[0]?.atMs ?? latest) >= windowMs + lateMs) known.shift()
    },
  }
}

/** What the fullest window that holds the moment `atMs` holds already. `entries` are in the order of their moments. */
function fullest(entries: readonly Entry[], atMs: number, windowMs: number): number {
  const place = placeOf(entries, atMs)
  let start = place
  let sum = 0
  while (start > 0 && atMs - (entries[start - 1] as Entry).atMs < windowMs) sum += (entries[--start] as Entry).amount
  let most = sum
  // Only a late call has others behind it: the window slides on over them, as long as the moment is within.
  for (let end = place; end < entries.length; end++) {
    const { atMs: endMs, amount } = entries[end] as Entry
    if (endMs - atMs >= windowMs) break
    sum += amount
    while (start < place && endMs - (entries[start] as Entry).atMs >= windowMs)
      sum -= (entries[start++] as Entry).amount
    most = Math.max(most, sum)
  }
  return most
}

/** Behind all that came at that moment or before. Nearly always the end, so it is looked for from there. */
function placeOf(entries: readonly Entry[], atMs: number): number {
  let place = entries.length
  while (place > 0 && (entries[place - 1] as Entry).atMs > atMs) place -= 1
  return place
}
