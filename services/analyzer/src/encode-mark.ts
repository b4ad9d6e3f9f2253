import { MAX_METADATA } from './encode-settled.ts'

/**
 * What a commit says, besides what is settled, about the process that made it. Whoever reads it at a takeover learns how the owner
 * before it ended.
 *
 * - `begun`: it began to read here, and nothing has been settled since.
 * - `taking`: it was about to take in the record at `offset`, which had ended `ended` processes before.
 */
export type Mark = { kind: 'begun' } | { kind: 'taking'; offset: number; ended: number }

/** What the tracker may use: the rest is for a mark. */
export const MAX_SETTLED = MAX_METADATA - 24

/** `!b`, or `!t`, the offset, a dot and the count, behind what is settled, which has no `!`. */
export function addMark(settled: string, mark: Mark | null): string {
  if (mark === null) return settled
  return mark.kind === 'begun' ? `${settled}!b` : `${settled}!t${mark.offset}.${Math.min(mark.ended, MAX_ENDED)}`
}

/** Takes apart what `addMark` made; of other metadata everything is `settled`. Never throws. */
export function splitMark(metadata: string | null): { settled: string | null; mark: Mark | null } {
  const at = metadata?.indexOf('!') ?? -1
  const found = metadata === null || at === -1 ? null : MARK.exec(metadata.slice(at))
  if (metadata === null || found === null) return { settled: metadata, mark: null }
  const settled = metadata.slice(0, at)
  const [, offset, ended] = found
  if (offset === undefined) return { settled, mark: { kind: 'begun' } }
  return { settled, mark: { kind: 'taking', offset: Number(offset), ended: Number(ended) } }
}

const MARK = /^!(?:b|t(\d{1,16})\.(\d{1,3}))$/
const MAX_ENDED = 999
