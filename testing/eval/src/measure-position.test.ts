import { expect, test } from 'vitest'
import type { Batch } from './ask-batch.ts'
import { answered, item, scores } from './answered.fixture.ts'
import { randomFrom } from './draw-sample.ts'
import { measurePosition } from './measure-position.ts'
import type { Labelled } from './read-conversations.ts'

const conversations: Labelled[] = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
  id,
  tags: [],
  language: 'en',
  messages: [{ inbound: true, text: id }],
  expected: { sentiment: 0, clusters: ['other'] },
}))

/** Two of five conversations, moved through calls of three and a canary. */
async function measure(ask: (batch: Batch) => ReturnType<typeof scores>) {
  const batches: Batch[] = []
  const shape = { size: 3, moved: 2, canaries: 1 }
  const result = await measurePosition(conversations, shape, randomFrom(1), (batch) => {
    batches.push(batch)
    return Promise.resolve(ask(batch))
  })
  return { ...result, batches }
}

test('each conversation is at each place of one and the same call, and at the first one twice', async () => {
  const { batches, figures } = await measure(() => scores(0))
  expect(batches.map(({ place }) => place)).toEqual([0, 1, 2, 3, 0, 0, 1, 2, 3, 0])
  const calls = batches.map(({ conversations, seed }) => JSON.stringify([conversations, seed]))
  expect([new Set(calls.slice(0, 5)).size, new Set(calls.slice(5)).size, new Set(calls).size]).toEqual([1, 1, 2])
  for (const { conversations } of batches) expect(new Set(conversations).size).toBe(3)
  expect(figures).toMatchObject({ size: 3, conversations: 2, usage: { calls: 10 } })
})

test('what depends on the place is its spread, what depends on the day is not', async () => {
  const asked = new Map<unknown, number>()
  const { figures, placed } = await measure(({ conversations, place = 0 }) => {
    const key = `${conversations[0]?.messages[0]?.text} ${place}`
    asked.set(key, (asked.get(key) ?? 0) + 1)
    const again = asked.get(key) === 2 ? 0.05 : 0
    return answered({ items: [item(place / 10 + again), item(-1), item(1)] })
  })
  expect(figures.meanSpread).toBeCloseTo(0.3)
  expect(figures.repeatDifference).toBeCloseTo(0.05)
  expect(placed.map(({ scores }) => scores)).toEqual([
    [0, 0.1, 0.2, 0.3],
    [0, 0.1, 0.2, 0.3],
  ])
})
