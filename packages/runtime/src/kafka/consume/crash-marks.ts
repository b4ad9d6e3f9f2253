/**
 * A record that ends the process that takes it in (a bug, for nothing else does) would end the next one too, and all of
 * them for as long as the topic keeps it. So a commit's metadata carries a mark. `begun` stands there from the first
 * read after a takeover until something is done. Who takes over and still finds it knows that the owner before it got
 * nothing done, and takes in record by record, with each marked as `taking` in the commit before and the mark removed
 * behind it. What is still marked at the next takeover is the culprit. An error that is caught at a record needs no
 * such search: it is marked then. A record that has ended `MAX_ENDED` processes is given up.
 */
export type Mark =
  /** This owner began to read here, and nothing has been done since. */
  | { kind: 'begun' }
  /** It was about to take in the record at `offset`, which had ended `ended` processes before. */
  | { kind: 'taking'; offset: number; ended: number }

/** How carefully the records of a partition are taken in, from what its last owner left behind. */
export interface Caution {
  /** What the next commit says. */
  mark: Mark | null
  /** A record that ended processes before, and how many. */
  readonly suspect: { offset: number; ended: number } | null
  /** So many more records are taken in one by one, each marked before. */
  carefulFor: number
}

export function cautionAfter(mark: Mark | null): Caution {
  const suspect = mark?.kind === 'taking' ? { offset: mark.offset, ended: mark.ended + 1 } : null
  return { mark: null, suspect, carefulFor: mark === null ? 0 : CAREFUL_RECORDS }
}

/** How many processes the record has ended, as far as is known. */
export const endedBy = ({ suspect }: Caution, offset: number): number =>
  suspect?.offset === offset ? suspect.ended : 0

/** The first time may be chance: a machine that was switched off at that moment. */
export const MAX_ENDED = 2

/** More than are read ahead of those that are done: with two commits for each, a few seconds of reading. */
const CAREFUL_RECORDS = 1_000

/** The longest mark, in bytes of metadata. */
export const MARK_BYTES = 24

/** `!b`, or `!t`, the offset, a dot and the count, behind other metadata, which has no `!`. */
export function addMark(metadata: string, mark: Mark | null): string {
  if (mark === null) return metadata
  return mark.kind === 'begun' ? `${metadata}!b` : `${metadata}!t${mark.offset}.${Math.min(mark.ended, 999)}`
}

/** Takes apart what `addMark` made; what is not of that form is all `rest`. Never throws. */
export function splitMark(metadata: string | null): { rest: string | null; mark: Mark | null } {
  const at = metadata?.indexOf('!') ?? -1
  const found = metadata === null || at === -1 ? null : MARK.exec(metadata.slice(at))
  if (metadata === null || found === null) return { rest: metadata, mark: null }
  const rest = metadata.slice(0, at)
  const [, offset, ended] = found
  if (offset === undefined) return { rest, mark: { kind: 'begun' } }
  return { rest, mark: { kind: 'taking', offset: Number(offset), ended: Number(ended) } }
}

const MARK = /^!(?:b|t(\d{1,16})\.(\d{1,3}))$/
