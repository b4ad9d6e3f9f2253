/** In place of a result: the time was over first. */
export const LATE = Symbol('late')
/** In place of a result: a signal aborted first. */
export const ABORTED = Symbol('aborted')

/**
 * What `work` gives, or `LATE` when that takes longer than `ms`: the rest of a deadline, which can be in the past.
 * Rejects as `work` does. Work that is late goes on; how it ends then, and be it a rejection, is lost.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | typeof LATE> {
  const { promise: late, resolve } = Promise.withResolvers<typeof LATE>()
  const timer = setTimeout(resolve, Math.max(ms, 0), LATE)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What `work` gives, or `ABORTED` as soon as one of the signals aborts. Work that is left goes on, as in `within`. */
export async function unlessAborted<T>(signals: readonly AbortSignal[], work: Promise<T>): Promise<T | typeof ABORTED> {
  const { promise: aborted, resolve } = Promise.withResolvers<typeof ABORTED>()
  const done = new AbortController()
  for (const signal of signals) {
    if (signal.aborted) resolve(ABORTED)
    signal.addEventListener('abort', () => resolve(ABORTED), { once: true, signal: done.signal })
  }
  try {
    return await Promise.race([aborted, work])
  } finally {
    done.abort()
  }
}
