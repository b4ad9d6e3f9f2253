import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGatherer, type Gatherer } from './gather-batch.ts'
import { NEVER_UNANSWERED, type Work } from '../work/work.ts'
import { offsets, owned, work } from '../work/work.fixture.ts'

const create = () => createGatherer({ batchSize: 3, maxTokens: 100, flushMs: 750 })
const taken = (gatherer: Gatherer, now = 0) => offsets(gatherer.take(now))
/** As `take`, with how urgent it was. */
const takenWith = (gatherer: Gatherer, now = 0) => [gatherer.urgency(now), ...taken(gatherer, now)]
const bulk = (offset: number, more: Partial<Work> = {}) => work(offset, { lane: 'bulk', ...more })

describe('gathering a batch', () => {
  test('nothing waits: nothing is due', () => {
    expect(create().dueInMs(0)).toBeNull()
    expect(create().take(0)).toEqual([])
  })

  test('a full batch leaves at once, another waits for more conversations until its oldest has waited long enough', () => {
    const gatherer = create()
    for (const offset of [1, 2, 3, 4]) gatherer.add(work(offset, { waitingSince: offset * 100 }))
    expect(gatherer.dueInMs(400)).toBe(0)
    expect(taken(gatherer, 400)).toEqual([1, 2, 3])
    expect(gatherer.dueInMs(500)).toBe(650)
    expect(gatherer.dueInMs(5_000)).toBe(0)
    expect(taken(gatherer, 5_000)).toEqual([4])
  })

  test('the oldest counts, whichever partition it is of', () => {
    const gatherer = create()
    gatherer.add(work(1, { owned: owned(0), waitingSince: 300 }))
    gatherer.add(work(2, { owned: owned(1), waitingSince: 100 }))
    expect(gatherer.dueInMs(400)).toBe(450)
  })

  test('a batch ends before its tokens are exceeded, and one conversation always fits', () => {
    const gatherer = create()
    for (const [offset, tokens] of [60, 60, 500, 10].entries()) gatherer.add(work(offset, { tokens }))
    expect([1, 2, 3, 4].map(() => taken(gatherer))).toEqual([[0], [1], [2], [3]])
  })

  test('enough tokens for a batch are due at once, also when few conversations have them', () => {
    const gatherer = create()
    gatherer.add(work(0, { tokens: 60 }))
    expect(gatherer.dueInMs(0)).toBe(750)
    gatherer.add(work(1, { tokens: 40 }))
    expect(gatherer.dueInMs(0)).toBe(0)
    gatherer.take(0)
    gatherer.add(work(2, { tokens: 99 }))
    expect(gatherer.dueInMs(0)).toBe(750)
    gatherer.drop(() => true)
    gatherer.add(work(3, { tokens: 1 }))
    expect(gatherer.dueInMs(0)).toBe(750)
  })

  test('partitions take turns: a busy one does not keep a quiet one waiting', () => {
    const gatherer = create()
    const [busy, quiet] = [owned(0), owned(1)]
    for (let offset = 0; offset < 9; offset++) gatherer.add(work(offset, { owned: busy }))
    gatherer.add(work(100, { owned: quiet }))
    expect(taken(gatherer)).toEqual([0, 100, 1])
  })
})

describe('what goes again', () => {
  test('it goes first, in the order in which it came back: none keeps the others from their turn', () => {
    const gatherer = create()
    gatherer.putBack([work(5), work(6)])
    gatherer.putBack([work(1), work(2)])
    for (const offset of [7, 8]) gatherer.add(work(offset))
    expect([1, 2, 3].map(() => takenWith(gatherer))).toEqual([['again', 5, 6, 1], ['again', 2, 7, 8], ['live']])
  })

  test('groups leave as they are, at once, and nothing is added to them', () => {
    const gatherer = create()
    gatherer.add(work(9))
    gatherer.putBack([work(1, { group: 'a' }), work(2, { group: 'a' }), work(3, { group: 'b' }), work(4)])
    expect(gatherer.dueInMs(0)).toBe(0)
    expect([1, 2, 3].map(() => taken(gatherer))).toEqual([[1, 2], [3], [4, 9]])
  })

  test('one that shares is not held up by a group behind it, nor joined by it', () => {
    const gatherer = create()
    gatherer.putBack([work(1), work(2, { group: 'a' })])
    gatherer.add(work(3))
    expect([1, 2, 3].map(() => taken(gatherer))).toEqual([[1, 3], [2], []])
  })
})

describe('the conversations of an unanswered call', () => {
  const unanswered = (offset: number, group: string, notBefore = 0) =>
    work(offset, { group, unanswered: { ...NEVER_UNANSWERED, notBefore } })

  test('takes turns with all others: it neither waits for ever nor lets them', () => {
    const gatherer = create()
    gatherer.putUnanswered([unanswered(1, 'a'), unanswered(2, 'a')])
    gatherer.putUnanswered([unanswered(3, 'b')])
    for (let offset = 10; offset < 19; offset++) gatherer.add(work(offset))
    expect([1, 2, 3, 4, 5].map(() => taken(gatherer))).toEqual([[10, 11, 12], [1, 2], [13, 14, 15], [3], [16, 17, 18]])
  })

  test('wait for no others, and are not asked about before their time', () => {
    const gatherer = create()
    gatherer.putUnanswered([unanswered(1, 'a', 5_000)])
    expect(gatherer.dueInMs(0)).toBe(5_000)
    expect(taken(gatherer)).toEqual([])
    gatherer.add(bulk(10, { waitingSince: 4_900 }))
    expect(gatherer.dueInMs(4_900)).toBe(100)
    expect(taken(gatherer, 5_000)).toEqual([1])
    expect(gatherer.dueInMs(5_000)).toBe(650)
    expect(taken(gatherer, 5_650)).toEqual([10])
  })
})

describe('a new conversation that goes alone', () => {
  test('it waits for no others, and what is gathered around it stays together', () => {
    const gatherer = create()
    gatherer.add(work(1))
    gatherer.add(work(2, { group: '0/2' }))
    gatherer.add(work(3))
    expect(gatherer.dueInMs(0)).toBe(0)
    expect(taken(gatherer)).toEqual([2])
    expect(gatherer.dueInMs(0)).toBe(750)
    gatherer.add(work(4))
    expect(taken(gatherer)).toEqual([1, 3, 4])
  })

  test('a flood of them does not stop the others: whichever are due and have waited longer go first', () => {
    const gatherer = create()
    for (const offset of [10, 11, 12]) gatherer.add(work(offset, { group: `0/${offset}`, waitingSince: offset }))
    for (const offset of [1, 2, 3]) gatherer.add(work(offset, { waitingSince: 11 }))
    expect([1, 2, 3, 4].map(() => taken(gatherer, 20))).toEqual([[10], [11], [1, 2, 3], [12]])
  })

  test('in the bulk lane it waits for what is live', () => {
    const gatherer = create()
    gatherer.add(bulk(10, { group: '0/10' }))
    for (const offset of [1, 2, 3]) gatherer.add(work(offset, { waitingSince: 5 }))
    expect([1, 2].map(() => takenWith(gatherer, 5))).toEqual([
      ['live', 1, 2, 3],
      ['bulk', 10],
    ])
  })
})

describe('the bulk lane', () => {
  test('it fills up what a live batch leaves free, and goes only behind what goes again and what is live', () => {
    const gatherer = create()
    for (const offset of [10, 11]) gatherer.add(bulk(offset))
    gatherer.add(work(1))
    gatherer.putBack([bulk(5)])
    expect(takenWith(gatherer)).toEqual(['again', 5, 1, 10])
    for (const offset of [2, 3, 4, 5]) gatherer.add(work(offset))
    expect(takenWith(gatherer)).toEqual(['live', 2, 3, 4])
    expect(takenWith(gatherer, 750)).toEqual(['live', 5, 11])
  })

  test('it has a call of its own only while nothing live is due', () => {
    const gatherer = create()
    for (const offset of [10, 11, 12]) gatherer.add(bulk(offset))
    for (const offset of [1, 2, 3]) gatherer.add(work(offset, { waitingSince: 100 }))
    expect(takenWith(gatherer, 100)).toEqual(['live', 1, 2, 3])
    expect(gatherer.dueInMs(100)).toBe(0)
    expect(takenWith(gatherer, 100)).toEqual(['bulk', 10, 11, 12])
    expect(gatherer.dueInMs(100)).toBeNull()
  })

  test('a bulk batch that is due leaves live ones to wait for a batch of their own', () => {
    const gatherer = create()
    for (const offset of [10, 11, 12, 13]) gatherer.add(bulk(offset))
    gatherer.add(work(1, { waitingSince: 100 }))
    expect(gatherer.dueInMs(100)).toBe(0)
    expect(taken(gatherer, 100)).toEqual([10, 11, 12])
    expect(taken(gatherer, 850)).toEqual([1, 13])
  })

  test('each lane waits for itself: few of both are not a batch', () => {
    const gatherer = create()
    gatherer.add(work(1, { waitingSince: 200 }))
    gatherer.add(work(2, { waitingSince: 200 }))
    gatherer.add(bulk(10, { waitingSince: 100 }))
    expect(gatherer.dueInMs(200)).toBe(650)
    gatherer.drop(({ lane }) => lane === 'bulk')
    expect(gatherer.dueInMs(200)).toBe(750)
  })
})

test('a lost partition is forgotten, whether it waits for the first time or again, live or bulk', () => {
  const gatherer = create()
  const lost = owned(1)
  gatherer.add(work(1, { owned: lost }))
  gatherer.add(bulk(4, { owned: lost }))
  gatherer.add(work(2))
  gatherer.putBack([work(3, { owned: lost })])
  gatherer.putUnanswered([work(5, { owned: lost, group: 'a' })])
  expect(offsets(gatherer.drop((w) => w.owned === lost))).toEqual([3, 5, 1, 4])
  expect(gatherer.size()).toBe(1)
  expect(taken(gatherer)).toEqual([2])
})

test('(I8) a long backlog passes in order and leaves nothing behind', () => {
  const gatherer = create()
  const seen: number[] = []
  for (let offset = 0; offset < 5_000; offset++) {
    gatherer.add(work(offset))
    if (offset % 2 === 1) seen.push(...taken(gatherer))
  }
  while (gatherer.size() > 0) seen.push(...taken(gatherer))
  expect(seen).toEqual(Array.from({ length: 5_000 }, (_, i) => i))
})

test('(I2) whatever waits: a batch keeps to size, tokens and groups, is never empty, and each comes out once', () => {
  const partitions = [owned(0), owned(1), owned(2)]
  const arbitrary = fc.array(
    fc.record({
      partition: fc.nat(2),
      lane: fc.constantFrom('live' as const, 'bulk' as const),
      tokens: fc.integer({ min: 1, max: 120 }),
      group: fc.constantFrom(null, 'a', 'b'),
      isAgain: fc.boolean(),
      waitingSince: fc.nat(1_000),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(arbitrary, fc.nat(2_000), (all, now) => {
      const gatherer = create()
      all.forEach(({ partition, group, isAgain, ...more }, offset) => {
        const own = group === null ? null : isAgain ? group : String(offset)
        const one = work(offset, { ...more, owned: partitions[partition] ?? owned(), group: own })
        if (isAgain) gatherer.putBack([one])
        else gatherer.add(one)
      })
      const seen: number[] = []
      while (gatherer.size() > 0) {
        expect(gatherer.dueInMs(now)).not.toBeNull()
        const works = gatherer.take(now)
        expect(works.length).toBeGreaterThan(0)
        expect(new Set(works.map(({ group }) => group)).size).toBe(1)
        seen.push(...offsets(works))
        if (works[0]?.group !== null) continue
        expect(works.length).toBeLessThanOrEqual(3)
        const [first, ...others] = works.map(({ tokens }) => tokens)
        const left = others.length === 0 ? Infinity : 100 - (first ?? 0)
        expect(others.reduce((sum, tokens) => sum + tokens, 0)).toBeLessThanOrEqual(left)
      }
      expect(gatherer.dueInMs(now)).toBeNull()
      expect(seen.toSorted((a, b) => a - b)).toEqual(all.map((_, offset) => offset))
    }),
  )
})
