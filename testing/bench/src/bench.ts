/** A measurement that `npm run bench` can be asked for by its name. */
export interface Bench {
  name: string
  /** What it shows, in one line. */
  shows: string
  /** How long it takes, in words. */
  takes: string
  /** Its own options, for the list; empty when it has none. */
  options: string
  /**
   * Measures, prints and writes its figures. True when every hard invariant held: the cap, nothing lost, no second id.
   * Slowness is told but never false. Rejects when it could not measure.
   */
  run(argv: string[], world: World): Promise<boolean>
}

export interface World {
  /** Aborted by Ctrl-C; everything that waits then gives up, and what was started is ended. */
  signal: AbortSignal
  say: (line: string) => void
}
