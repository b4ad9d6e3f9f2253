/** Says how far a step is, at most every few seconds; `step` begins one. @param now monotonic ms */
export function createProgress({ report, now }: { report: (line: string) => void; now: () => number }) {
  return function step(what: string, total: number): (more: number) => void {
    const begun = now()
    let told = begun
    let done = 0
    return (more) => {
      done += more
      const at = now()
      if (at - told < EVERY_MS) return
      told = at
      report(describeProgress({ what, done, total, ms: at - begun }))
    }
  }
}

export type Step = ReturnType<typeof createProgress>

const EVERY_MS = 5_000

export function describeProgress(o: { what: string; done: number; total: number; ms: number }): string {
  const share = o.total === 0 ? 1 : o.done / o.total
  const left = share === 0 ? '' : `, about ${describeSpan((o.ms / share) * (1 - share))} left`
  return `${o.what}: ${count(o.done)} of ${count(o.total)} (${Math.floor(share * 100)} %)${left}`
}

/** A span in the unit that one would say it in, rounded up. */
export function describeSpan(ms: number): string {
  const [, unit, size] = SPANS.find(([upTo]) => ms <= upTo) ?? DAYS
  return `${Math.ceil(ms / size)} ${unit}`
}

const DAYS = [Infinity, 'days', 86_400_000] as const
const SPANS = [
  [100_000, 's', 1_000] as const,
  [6_000_000, 'min', 60_000] as const,
  [172_800_000, 'h', 3_600_000] as const,
]

export const count = (n: number): string => n.toLocaleString('en-US')
