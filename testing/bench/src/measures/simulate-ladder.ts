import { drawBackoffMs } from '@insights/runtime/backoff'
import { percentile } from './measure-pace.ts'
import { seededRandom } from '@insights/grok-simulator/seeded-random'

/**
 * How many calls one caller makes in an outage of `lastsMs` that backs off with full jitter, doubling from `backoffMs`
 * up to a minute: with jitter it is a matter of luck, so this is the number that 999 of 1,000 such callers stay within.
 */
export function simulateLadder({ lastsMs, backoffMs }: { lastsMs: number; backoffMs: number }): number {
  const random = seededRandom(1)
  return percentile(
    Array.from({ length: 20_000 }, () => callsOfOne(lastsMs, backoffMs, random)),
    0.999,
  )
}

function callsOfOne(lastsMs: number, backoffMs: number, random: () => number): number {
  let calls = 0
  for (let at = 0; at < lastsMs; calls++)
    at += drawBackoffMs(calls, random, { baseMs: backoffMs, capMs: MAX_BACKOFF_MS, floorMs: 0 })
  return calls
}

const MAX_BACKOFF_MS = 60_000
