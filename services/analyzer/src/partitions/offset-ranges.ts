import { digits } from './encode-settled.ts'

/** Offsets from `start` up to `end`, exclusive. */
export interface Range {
  start: number
  end: number
}

/** Unsettled offsets in a row: a single one in work, or any number that are owed. */
export interface Block extends Range {
  owed: boolean
}

export interface LinkedBlock extends Block {
  previous: LinkedBlock | undefined
  next: LinkedBlock | undefined
}

/** In the place of `gone`, or behind all others when there is none, come `fresh`. */
export interface Change {
  gone?: LinkedBlock | undefined
  fresh: readonly Block[]
}

export interface BlockList {
  /** Ascending, without overlap; what lies between two is settled. */
  first(): LinkedBlock | undefined
  last(): LinkedBlock | undefined
  firstOwed(): LinkedBlock | undefined
  inWorkAt(offset: number): LinkedBlock | undefined
  /** The owed blocks that have an offset in the range, ascending. */
  owedIn(range: Range): LinkedBlock[]
  apply(change: Change): void
  /** The most characters that run lengths can need after `change`, when the metadata ends at `reach`. See below. */
  longestRuns(change: Change, reach: number): number
  /** Takes out everything that lies in `settled` (ascending), in work or owed. */
  subtract(settled: readonly Range[]): void
  /** How many offsets are in work, and how many are owed. */
  inWork(): number
  owed(): number
}

/**
 * What is not settled, in order, as a linked list: what is in work is found by its offset at once, what is owed by a
 * binary search among the owed blocks.
 *
 * `longestRuns` bounds the run lengths over every order in which the offsets in work may settle: each of these is
 * settled or is not, by itself; all else is as it is. So every run that can arise consists of whole blocks and whole
 * gaps between them, and `digits` of a sum is at most the sum of the `digits`: the sum over all blocks and gaps is
 * never exceeded. Nor does settling raise that sum: a block and the gaps beside it become one gap. It is kept up to
 * date, change by change.
 */
export function createBlockList(): BlockList {
  const inWork = new Map<number, LinkedBlock>()
  let owed: LinkedBlock[] = []
  let first: LinkedBlock | undefined
  let last: LinkedBlock | undefined
  let sum = 0
  let owedOffsets = 0

  /** The index of the first owed block that ends after `offset`. */
  function owedIndex(offset: number): number {
    let [from, to] = [0, owed.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((owed[middle]?.end ?? Infinity) > offset) to = middle
      else from = middle + 1
    }
    return from
  }

  /** The change of the sum: only the blocks that go, those that come, and the gaps up to their neighbours count. */
  function growth({ gone, fresh }: Change): number {
    const previous = gone === undefined ? last : gone.previous
    return sumOf(previous, fresh, gone?.next) - sumOf(previous, gone === undefined ? [] : [gone], gone?.next)
  }

  function join(left: LinkedBlock | undefined, right: LinkedBlock | undefined): void {
    if (left === undefined) first = right
    else left.next = right
    if (right === undefined) last = left
    else right.previous = left
  }

  function apply(change: Change): void {
    const { gone } = change
    const fresh = change.fresh.map((block) => ({ ...block, previous: undefined, next: undefined }))
    sum += growth(change)
    let end = gone === undefined ? last : gone.previous
    for (const block of fresh) {
      join(end, block)
      end = block
    }
    join(end, gone?.next)

    if (gone?.owed === false) inWork.delete(gone.start)
    for (const block of fresh) if (!block.owed) inWork.set(block.start, block)
    const freshOwed = fresh.filter((block) => block.owed)
    if (gone?.owed !== true && freshOwed.length === 0) return
    const at = gone?.owed === true ? owedIndex(gone.start) : owedIndex(freshOwed[0]?.start ?? 0)
    for (const block of owed.splice(at, gone?.owed === true ? 1 : 0, ...freshOwed)) owedOffsets -= lengthOf(block)
    for (const block of freshOwed) owedOffsets += lengthOf(block)
  }

  return {
    first: () => first,
    last: () => last,
    firstOwed: () => owed[0],
    inWorkAt: (offset) => inWork.get(offset),
    owedIn: ({ start, end }) => {
      const at = owedIndex(start)
      let to = at
      while ((owed[to]?.start ?? Infinity) < end) to++
      return owed.slice(at, to)
    },
    apply,
    longestRuns: (change, reach) => {
      const behind = change.gone === undefined || change.gone === last
      const lastAfter = behind ? (change.fresh.at(-1) ?? (change.gone === undefined ? last : last?.previous)) : last
      return sum + growth(change) + (lastAfter === undefined ? 0 : digits(reach - lastAfter.end))
    },
    subtract: (settled) => {
      const left = without(first, settled)
      inWork.clear()
      owed = []
      first = last = undefined
      sum = owedOffsets = 0
      for (const block of left) apply({ fresh: [block] })
    },
    inWork: () => inWork.size,
    owed: () => owedOffsets,
  }
}

const lengthOf = (range: Range) => range.end - range.start

/** The digits of `blocks`, and of the gaps between them and to their neighbours. */
function sumOf(previous: Block | undefined, blocks: readonly Block[], next: Block | undefined): number {
  let sum = 0
  let end = previous?.end
  for (const block of blocks) {
    sum += digits(block.start - (end ?? block.start)) + digits(lengthOf(block))
    end = block.end
  }
  return end === undefined || next === undefined ? sum : sum + digits(next.start - end)
}

function without(first: LinkedBlock | undefined, settled: readonly Range[]): Block[] {
  const left: Block[] = []
  let from = 0
  for (let block = first; block !== undefined; block = block.next) {
    const { end, owed } = block
    let start = block.start
    while ((settled[from]?.end ?? Infinity) <= start) from++
    for (let i = from, range = settled[i]; range !== undefined && range.start < end; range = settled[++i]) {
      if (range.start > start) left.push({ start, end: range.start, owed })
      start = Math.max(start, range.end)
    }
    if (start < end) left.push({ start, end, owed })
  }
  return left
}

/** The runs for the metadata: what is settled between the blocks and up to `reach`, exclusive. */
export function toRuns(first: LinkedBlock | undefined, reach: number): number[] {
  const runs: number[] = []
  let start = first?.start ?? reach
  let end = start
  const add = (settledEnd: number) => {
    if (end < settledEnd) runs.push(end - start, settledEnd - end)
  }
  for (let block = first; block !== undefined; block = block.next) {
    if (block.start > end) {
      add(Math.min(block.start, reach))
      start = block.start
    }
    end = block.end
  }
  if (start < end) add(reach)
  return runs
}

/** Everything that a commit calls settled: what is below its offset, and every second run. */
export function toRanges(offset: number, runs: readonly number[]): Range[] {
  const ranges = [{ start: -Infinity, end: offset }]
  let at = offset
  runs.forEach((run, i) => {
    if (i % 2 === 1) ranges.push({ start: at, end: at + run })
    at += run
  })
  return ranges
}
