/** Clocks, ids and randomness: what the analyzer takes from outside. */
export interface World {
  /** Epoch milliseconds. */
  now: () => number
  monotonic: () => number
  /** A new UUID. */
  newId: () => string
  /** [0, 1), for jitter. */
  random: () => number
  /** 0 … max-1, unpredictable. */
  randomInt: (max: number) => number
  randomBytes: (n: number) => Buffer
}
