import type { Random } from '../seeded-random.ts'
import type { Settings } from '../settings.ts'

/**
 * Draws how long an answer takes, in ms: log-normal around the median, and `tail_share` of the calls `tail_factor`
 * times as long. A log-normal has no negative values and a long right side, which is how measured times to the first
 * token of Grok look; the tail on top stands for the odd call that a busy provider leaves waiting. Always uses three
 * numbers of `random`, so changing a setting does not shift the draws that follow.
 */
export function sampleLatency(latency: Settings['latency'], random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const isTail = random() < latency.tail_share
  return latency.median_ms * Math.exp(latency.sigma * normal) * (isTail ? latency.tail_factor : 1)
}
