/**
 * The largest number of calls in any rolling second. `times` are milliseconds, ascending. The second is half open: two
 * calls exactly 1,000 ms apart do not share one.
 */
export function maxInRollingSecond(times: readonly number[]): number {
  let max = 0
  let oldest = 0
  times.forEach((time, index) => {
    while (time - (times[oldest] ?? time) >= 1000) oldest += 1
    max = Math.max(max, index - oldest + 1)
  })
  return max
}

/** The shortest time in which `calls` consecutive calls came, in ms; null when there were fewer. */
export function shortestSpan(times: readonly number[], calls: number): number | null {
  let shortest: number | null = null
  for (let last = calls - 1; last < times.length; last++) {
    const span = (times[last] ?? 0) - (times[last - calls + 1] ?? 0)
    if (shortest === null || span < shortest) shortest = span
  }
  return shortest
}

/** Groups moments that follow each other by less than `gapMs`: calls of one back-off step. */
export function groupByGap(times: readonly number[], gapMs: number): number[][] {
  const groups: number[][] = []
  for (const time of times) {
    const group = groups.at(-1)
    if (group === undefined || time - (group.at(-1) ?? time) >= gapMs) groups.push([time])
    else group.push(time)
  }
  return groups
}

/** The value below which the share `p` of the values lies (nearest rank); NaN when there are none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? NaN
}
