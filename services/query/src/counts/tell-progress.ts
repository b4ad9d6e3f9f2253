export interface Progress {
  /** Rows that were read, and that will have been read in all. */
  done: number
  of: number
  /** Null until there is a rate to tell it from. */
  secondsLeft: number | null
}

/** Adds up rows and says how far it is, after each of its calls. `now` is in ms, from a clock that only goes on. */
export function tellProgress(of: number, now: () => number, onProgress: (progress: Progress) => void) {
  const begun = now()
  let done = 0
  return (rows: number): void => {
    done += rows
    const ms = now() - begun
    onProgress({ done, of, secondsLeft: done === 0 || ms === 0 ? null : ((of - done) / done / 1000) * ms })
  }
}
