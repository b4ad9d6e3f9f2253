import { describe, expect, test } from 'vitest'
import { createGatherer } from './gather-batch.ts'
import { lease, offsets, work } from './work.fixture.ts'

const create = () => createGatherer({ batchSize: 3, maxTokens: 100, flushMs: 750 })

describe('gathering a batch', () => {
  test('nothing waits: nothing is due', () => {
    expect(create().dueInMs(0)).toBeNull()
    expect(create().take()).toEqual([])
  })

  test('a full batch leaves at once, another waits for company until its oldest has waited long enough', () => {
    const gatherer = create()
    for (const offset of [1, 2, 3, 4]) gatherer.add(work(offset, { waitingSince: offset * 100 }))
    expect(gatherer.dueInMs(400)).toBe(0)
    expect(offsets(gatherer.take())).toEqual([1, 2, 3])
    expect(gatherer.dueInMs(500)).toBe(650)
    expect(gatherer.dueInMs(5_000)).toBe(0)
    expect(offsets(gatherer.take())).toEqual([4])
  })

  test('a batch ends before its tokens are exceeded, and one conversation always fits', () => {
    const gatherer = create()
    for (const [offset, tokens] of [60, 60, 500, 10].entries()) gatherer.add(work(offset, { tokens }))
    expect([gatherer.take(), gatherer.take(), gatherer.take(), gatherer.take()].map(offsets)).toEqual([
      [0],
      [1],
      [2],
      [3],
    ])
  })

  test('what goes again goes first, and no further than its share allows', () => {
    const gatherer = create()
    gatherer.add(work(9))
    gatherer.putBack([work(1, { share: 2 }), work(2, { share: 2 }), work(3, { share: 1 })])
    expect([gatherer.take(), gatherer.take(), gatherer.take()].map(offsets)).toEqual([[1, 2], [3], [9]])
  })

  test('a conversation that must go alone is not added to others', () => {
    const gatherer = create()
    gatherer.putBack([work(1), work(2, { share: 1 })])
    expect(gatherer.dueInMs(0)).toBe(0)
    expect([gatherer.take(), gatherer.take()].map(offsets)).toEqual([[1], [2]])
  })

  test('a lost generation is forgotten, whether it waits for the first time or again', () => {
    const gatherer = create()
    const lost = lease(1)
    gatherer.add(work(1, { lease: lost }))
    gatherer.add(work(2))
    gatherer.putBack([work(3, { lease: lost })])
    expect(offsets(gatherer.drop((w) => w.lease === lost))).toEqual([3, 1])
    expect(gatherer.size()).toBe(1)
    expect(offsets(gatherer.take())).toEqual([2])
  })

  test('(I8) a long backlog passes in order and leaves nothing behind', () => {
    const gatherer = create()
    const seen: number[] = []
    for (let offset = 0; offset < 5_000; offset++) {
      gatherer.add(work(offset))
      if (offset % 2 === 1) seen.push(...offsets(gatherer.take()))
    }
    while (gatherer.size() > 0) seen.push(...offsets(gatherer.take()))
    expect(seen).toEqual(Array.from({ length: 5_000 }, (_, i) => i))
  })
})
