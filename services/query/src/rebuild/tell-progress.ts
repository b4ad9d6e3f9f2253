const EVERY_MS = 2_000

/** Says now and then how far it is: called with how many were done since the last call, and how many are left. */
export function createProgress({
  what,
  monotonic,
  tell,
}: {
  what: string
  /** Ms, from any zero. */
  monotonic: () => number
  tell: (line: string) => void
}): (done: number, left: number) => void {
  const begun = monotonic()
  let all = 0
  let toldAt = begun
  return (done, left) => {
    all += done
    const now = monotonic()
    if (now - toldAt < EVERY_MS) return
    toldAt = now
    const perSecond = (all / (now - begun)) * 1000
    const seconds = Math.ceil(left / perSecond)
    tell(`${all} of ${all + left} ${what}, ${Math.round(perSecond)} per second, ${seconds} s left`)
  }
}
