import type { Origin } from '@insights/schemas/events/origin'
import { compareOrigins } from '@insights/schemas/events/compare-origins'

/**
 * A record that may be published again: what its place in the order, its doubles and the reasons against it are told
 * by. Its bytes are read again when its turn comes, so that a million of them take some hundreds of megabytes.
 */
export interface Candidate {
  /** Of its conversation; null where no id can be read. */
  id: string | null
  /** Where the submission was first: its age. */
  origin: Origin
  /** Where its bytes are, and how many, from above. */
  partition: number
  offset: number
  bytes: number
}

/** How many a run takes: more are refused before anything is published. */
export const MOST_CANDIDATES = 1_000_000

/** Oldest first. */
export const inOrderOfAge = <C extends Candidate>(candidates: Iterable<C>): C[] =>
  [...candidates].toSorted((a, b) => compareOrigins(a.origin, b.origin))

/** Parts of a list in order, each with so few records and bytes that it can be in memory as a whole. */
export function* cutChunks<C extends Candidate>(
  candidates: readonly C[],
  { records, bytes }: { records: number; bytes: number } = { records: 20_000, bytes: 32 * 1024 * 1024 },
): Generator<C[]> {
  let chunk: C[] = []
  let size = 0
  for (const candidate of candidates) {
    if (chunk.length > 0 && (chunk.length >= records || size + candidate.bytes > bytes)) {
      yield chunk
      chunk = []
      size = 0
    }
    chunk.push(candidate)
    size += candidate.bytes
  }
  if (chunk.length > 0) yield chunk
}
