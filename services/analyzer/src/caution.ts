import type { Mark } from './encode-mark.ts'

/** How carefully the records of a partition are taken in, from what its last owner left behind. */
export interface Caution {
  /** What the next commit says. */
  mark: Mark | null
  /** A record that ended processes before, and how many. */
  readonly suspect: { offset: number; ended: number } | null
  /** So many more records are taken in one by one, each marked before. */
  carefulFor: number
}

/**
 * A record that ends the process that takes it in (a bug, for nothing else does) would end the next one too, and all of them for as
 * long as the topic keeps it. So a commit carries a mark: `begun` from the first read after a takeover until something is settled. Who
 * takes over and still finds it knows that the owner before it settled nothing, and takes in record by record, with each
 * marked in the commit before and the mark removed behind it. What is still marked at the next takeover is the culprit. An error that
 * is caught needs no such search: the record is marked when it happens. A record that has ended `MAX_ENDED` processes is given up.
 */
export function cautionAfter(mark: Mark | null): Caution {
  const suspect = mark?.kind === 'taking' ? { offset: mark.offset, ended: mark.ended + 1 } : null
  return { mark: null, suspect, carefulFor: mark === null ? 0 : CAREFUL_RECORDS }
}

/** How many processes the record has ended, as far as is known. */
export const endedBy = ({ suspect }: Caution, offset: number): number =>
  suspect?.offset === offset ? suspect.ended : 0

/** The first time may be chance: a machine that was switched off at that moment. */
export const MAX_ENDED = 2

/** More than are read ahead of those that are settled: with two commits for each, a few seconds of reading. */
const CAREFUL_RECORDS = 1_000
