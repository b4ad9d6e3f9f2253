import { bitmapLength, bodyRoom, decodeSettled, encodeSettled, MAX_METADATA } from './encode-settled.ts'
import { type Block, type Change, createBlockList, type LinkedBlock, toRanges, toRuns } from './offset-ranges.ts'

/** What a group has committed for a partition; `offset` null: nothing yet. */
export interface CommittedOffset {
  offset: number | null
  metadata: string | null
}

export interface OffsetTracker {
  /** Whether a record that was read has to be taken into work: false when it is settled, or in work already. */
  wants(offset: number): boolean
  /**
   * Whether `offset` may be admitted or put off: whatever then settles, in whatever order, the metadata has space for
   * it. The lowest unsettled offset always fits. So after "no": wait for something in work to settle, and when nothing
   * is in work, read on from `next()`, which fits then.
   */
  fits(offset: number): boolean
  /** Takes it into work. Only what `wants` said true for. */
  admit(offset: number): void
  /**
   * Passes over it for now: it stays unsettled and is read again later. Of one that is owed already nothing changes.
   */
  putOff(offset: number): void
  /**
   * Reading went from `from` to `to` (exclusive) and met no record: none exist there (compaction, transaction markers,
   * retention), nothing is owed there. Offsets beyond the frontier that neither this nor a record covers count as owed.
   */
  missing(from: number, to: number): void
  /** Its effect is durable. An offset that is not in work is ignored. */
  settle(offset: number): void
  /**
   * The first offset that must still be read: the first owed one, else the frontier. Null: nothing was read or
   * committed.
   */
  next(): number | null
  /** The offset after the highest one ever seen. */
  frontier(): number | null
  /** What to commit now: everything below `offset` is settled, and what `metadata` names above it. */
  commit(): { offset: number; metadata: string } | null
  /** Joins what another commit says: everything that either calls settled is. Unreadable metadata says nothing. */
  merge(committed: CommittedOffset): void
  inFlight(): number
  /** How many offsets are owed: unsettled and not in work (put off, or left by an earlier owner). */
  owed(): number
}

/**
 * Calls end in another order than their records came in, and a commit says "everything below". So the commit is the low
 * watermark, and its metadata tells what above it is settled: a process that takes over repeats what was in work, no
 * more.
 *
 * Everything below the frontier is in work, owed or settled; only the unsettled is held, owed offsets in a row as one
 * block (a million put off are one, I8). The metadata goes up to `reach`, the offset after the highest that was in work
 * or that a commit called settled: what is owed behind it will be read again anyway.
 *
 * Why no metadata is ever too long: `fits` says yes when (a) a bitmap from the low watermark to `reach` has space, or
 * (b) the longest run lengths have (see `createBlockList`), or (c) the offset is the lowest unsettled one. Settling
 * only shrinks (a) and (b). As to (c): while it is unsettled all is as if it were owed, and once it settles only the
 * front of the metadata is cut off, which lengthens neither form. And why nothing waits for ever: what is in work
 * settles; when nothing is, the lowest owed offset is the lowest unsettled one and gets in by (c), or else all is
 * settled. Only a merge of two long commits can exceed the space; then the metadata names fewer, until enough is
 * settled.
 */
export function createOffsetTracker(committed: CommittedOffset, maxMetadata = MAX_METADATA): OffsetTracker {
  const room = bodyRoom(maxMetadata)
  const unsettled = createBlockList()
  let frontier: number | null = null
  let reach = -Infinity
  /** From here to the frontier no record exists. Owed offsets on both sides may be one block over it. */
  let hole = -Infinity

  const low = (end: number) => unsettled.first()?.start ?? end

  function moveFrontier(offset: number): void {
    frontier = hole = offset
  }

  /** What is owed when everything from the frontier to `end` is. */
  function owedUpTo(end: number): Change {
    const last = unsettled.last()
    if (frontier === null || end <= frontier) return { fresh: [] }
    if (last?.owed !== true || last.end !== hole) return { fresh: [{ start: frontier, end, owed: true }] }
    return { gone: last, fresh: [{ start: last.start, end, owed: true }] }
  }

  /** Null when it cannot come into work: it is there, or settled. */
  function admission(offset: number): Change | null {
    const end = offset + 1
    const work: Block = { start: offset, end, owed: false }
    if (frontier === null || offset >= frontier) {
      const { gone, fresh } = owedUpTo(offset)
      return { gone, fresh: [...fresh, work] }
    }
    const [gone] = unsettled.owedIn({ start: offset, end })
    return gone === undefined
      ? null
      : { gone, fresh: [...owedPart(gone.start, offset), work, ...owedPart(end, gone.end)] }
  }

  function hasRoom(change: Change, reachAfter: number): boolean {
    const lowAfter = Math.min(low(reachAfter), change.fresh[0]?.start ?? reachAfter)
    return bitmapLength(reachAfter - lowAfter) <= room || unsettled.longestRuns(change, reachAfter) <= room
  }

  /**
   * A hole in the midst of a block stays owed. To read over it again costs nothing, while every hole as a run of its
   * own would fill the metadata (a transaction of one record leaves a marker behind each).
   */
  function trim(block: LinkedBlock, from: number, to: number): void {
    if (block.start < from && to < block.end) return
    const change = { gone: block, fresh: [...owedPart(block.start, from), ...owedPart(to, block.end)] }
    const isLowest = block === unsettled.first() && from <= block.start
    // Beside something in work a shorter block can need more space. Left as it is, it is trimmed when it is the lowest.
    if (isLowest || hasRoom(change, reach)) unsettled.apply(change)
  }

  function merge({ offset, metadata }: CommittedOffset): void {
    if (offset === null) return
    const settled = toRanges(offset, decodeSettled(offset, metadata))
    const end = settled.at(-1)?.end ?? offset
    if (frontier === null) moveFrontier(offset)
    unsettled.apply(owedUpTo(end))
    if (frontier !== null && end > frontier) moveFrontier(end)
    reach = Math.max(reach, end)
    unsettled.subtract(settled)
  }

  merge(committed)
  return {
    wants: (offset) => admission(offset) !== null,
    fits: (offset) => {
      const change = admission(offset)
      return change === null || offset === low(frontier ?? offset) || hasRoom(change, Math.max(reach, offset + 1))
    },
    admit: (offset) => {
      const change = admission(offset)
      if (change === null) return
      unsettled.apply(change)
      reach = Math.max(reach, offset + 1)
      if (frontier === null || offset >= frontier) moveFrontier(offset + 1)
    },
    putOff: (offset) => {
      if (frontier === null) moveFrontier(offset)
      if (frontier === null || offset < frontier) return
      unsettled.apply(owedUpTo(offset + 1))
      moveFrontier(offset + 1)
    },
    missing: (from, to) => {
      if (from >= to) return
      for (const block of unsettled.owedIn({ start: from, end: to })) trim(block, from, to)
      if (frontier === null) moveFrontier(to)
      else if (to > frontier) {
        unsettled.apply(owedUpTo(from))
        if (from > frontier) moveFrontier(from)
        frontier = to
      }
    },
    settle: (offset) => {
      const gone = unsettled.inWorkAt(offset)
      if (gone !== undefined) unsettled.apply({ gone, fresh: [] })
    },
    next: () => unsettled.firstOwed()?.start ?? frontier,
    frontier: () => frontier,
    commit: () => {
      if (frontier === null) return null
      const offset = low(frontier)
      return { offset, metadata: encodeSettled(offset, toRuns(unsettled.first(), reach), maxMetadata) }
    },
    merge,
    inFlight: () => unsettled.inWork(),
    owed: () => unsettled.owed(),
  }
}

const owedPart = (start: number, end: number): Block[] => (start < end ? [{ start, end, owed: true }] : [])
