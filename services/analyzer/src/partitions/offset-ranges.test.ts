import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digits } from './encode-settled.ts'
import { type Block, type BlockList, createBlockList, toRanges, toRuns } from './offset-ranges.ts'

/** Each kind with its length: 'S' settled, 'O' owed, 'W' that many in work. */
function listOf(parts: [kind: string, length: number][]) {
  const list = createBlockList()
  const fresh: Block[] = []
  let at = 100
  for (const [kind, length] of parts) {
    if (kind === 'O') fresh.push({ start: at, end: at + length, owed: true })
    if (kind === 'W') for (let i = 0; i < length; i++) fresh.push({ start: at + i, end: at + i + 1, owed: false })
    at += length
  }
  list.apply({ fresh })
  return { list, end: at }
}

const nothing = { fresh: [] }

function blocksOf(list: BlockList): Block[] {
  const blocks: Block[] = []
  for (let block = list.first(); block !== undefined; block = block.next)
    blocks.push({ start: block.start, end: block.end, owed: block.owed })
  return blocks
}

const kinds = fc.constantFrom('S', 'O', 'W')

describe('the unsettled offsets of a partition', () => {
  test('what is owed is found by any range that touches it, what is in work by its offset', () => {
    const { list } = listOf([
      ['O', 5],
      ['S', 2],
      ['W', 1],
      ['O', 1],
    ])
    const owedIn = (start: number, end: number) => list.owedIn({ start, end }).map((block) => block.start)
    expect([owedIn(0, 100), owedIn(0, 101), owedIn(104, 109), owedIn(105, 108)]).toEqual([[], [100], [100, 108], []])
    expect([106, 107, 108].map((offset) => list.inWorkAt(offset)?.start)).toEqual([undefined, 107, undefined])
    expect([list.firstOwed()?.start, list.owed(), list.inWork()]).toEqual([100, 6, 1])
  })

  test('what another commit calls settled goes, in work or owed, whole or in parts', () => {
    const { list } = listOf([
      ['O', 10],
      ['W', 3],
      ['S', 5],
      ['O', 4],
    ])
    list.subtract([{ start: -Infinity, end: 102 }, ...toRanges(103, [1, 1, 2, 5, 8, 1]).slice(1)])
    expect(blocksOf(list)).toEqual([
      { start: 102, end: 104, owed: true },
      { start: 105, end: 107, owed: true },
      { start: 112, end: 113, owed: false },
      { start: 118, end: 120, owed: true },
      { start: 121, end: 122, owed: true },
    ])
    expect([list.owed(), list.inWork()]).toEqual([7, 1])
  })

  test('the runs end with what is settled below `reach`; what is owed behind it is not named', () => {
    const { list } = listOf([
      ['W', 2],
      ['O', 8],
      ['S', 5],
      ['O', 1_000],
      ['S', 5],
    ])
    expect(toRuns(list.first(), 113)).toEqual([10, 3])
    expect(toRuns(list.first(), 115)).toEqual([10, 5])
    expect(toRuns(list.first(), 1_120)).toEqual([10, 5, 1_000, 5])
    expect(toRuns(list.first(), 105)).toEqual([])
  })

  test('(I2) the bound on run lengths holds for every order of settling, and is kept up to date by every change', () => {
    const parts = fc.array(
      fc.tuple(kinds, fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 25, max: 70 }))),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(parts, fc.infiniteStream(fc.nat()), (drawn, draws) => {
        const { list, end } = listOf(drawn)
        let bound = list.longestRuns(nothing, end)
        const inWork = blocksOf(list).filter((block) => !block.owed)
        while (inWork.length > 0) {
          const [{ start }] = inWork.splice((draws.next().value as number) % inWork.length, 1) as [Block]
          const change = { gone: list.inWorkAt(start), fresh: [] }
          const after = list.longestRuns(change, end)
          list.apply(change)
          const runs = toRuns(list.first(), end)
          expect(list.longestRuns(nothing, end)).toBe(after)
          expect(after).toBeLessThanOrEqual(bound)
          expect(runs.reduce((sum, run) => sum + digits(run), 0)).toBeLessThanOrEqual(after)
          bound = after
        }
      }),
    )
  })
})
