import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts'

export type Pace = { kind: 'within' } | { kind: 'exceeded'; actual: number; limit: number }

/** Asks for one call of `key` at `nowMs` under `limit` calls per second (0 = no limit). */
export type RateLimiter = (key: string, nowMs: number, limit: number) => Pace

/**
 * The provider's limit per key: a call is admitted when fewer than `limit` were admitted in the second before it, so a
 * caller that keeps to the limit in every rolling second is never refused. A refused call does not use up the limit.
 * Windows are kept per key; `admitCall` asks only for keys it knows, so there are never more windows than keys.
 */
export function createRateLimiter(): RateLimiter {
  const windows = new Map<string, SlidingWindow>()

  return (key, nowMs, limit) => {
    const window = windows.get(key) ?? createSlidingWindow(1000)
    windows.set(key, window)
    const used = window.countAt(nowMs)
    if (limit > 0 && used >= limit) return { kind: 'exceeded', actual: used + 1, limit }
    window.add(nowMs)
    return { kind: 'within' }
  }
}
