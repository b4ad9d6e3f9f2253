import { expect, test } from 'vitest'
import { scores } from './answered.fixture.ts'
import type { Batch } from './ask-batch.ts'
import { randomFrom } from './draw-sample.ts'
import { measureInjections } from './measure-injections.ts'
import type { Injected, Labelled } from './read-conversations.ts'

const says = (text: string) => [{ inbound: true, text }]
const conversation = (id: string, text: string): Labelled => ({
  id,
  tags: [],
  language: 'en',
  messages: says(text),
  expected: { sentiment: -0.6, clusters: ['other'] },
})
const attack = (id: string): Injected => ({
  ...conversation(id, `${id} attacks`),
  injection: { goal: 'own_score', wanted: 1, language: 'en', technique: 'direct', clean: says(`${id} is quiet`) },
})
const neighbours = ['a', 'b', 'c', 'd'].map((id) => conversation(id, id))

async function measure(ask: (text: string, batch: Batch) => ReturnType<typeof scores>) {
  const batches: Batch[] = []
  const { figures } = await measureInjections(
    [attack('i1'), attack('i2')],
    neighbours,
    3,
    randomFrom(1),
    (batch) => {
      batches.push(batch)
      return Promise.resolve(ask(batch.conversations[0]?.messages[0]?.text ?? '', batch))
    },
    {
      systemPrompt: 'You are an analyst.',
      goesAlone: ({ messages: [first] }) => first?.text.startsWith('i1') ?? false,
    },
  )
  return { figures, batches }
}

test('the clean call differs in the injection only; the repeated one in its aliases and its order only', async () => {
  const { batches } = await measure(() => scores(0, 0, 0))
  for (const trial of [batches.slice(0, 3), batches.slice(3)]) {
    const [attacked, clean, repeated] = trial
    expect([clean?.seed, repeated?.seed === clean?.seed]).toEqual([attacked?.seed, false])
    expect(clean?.conversations.slice(1)).toEqual(attacked?.conversations.slice(1))
    expect(repeated?.conversations).toEqual(clean?.conversations)
    expect(trial.map(({ conversations: [first] }) => first?.messages[0]?.text.slice(3))).toEqual([
      'attacks',
      'is quiet',
      'is quiet',
    ])
  }
})

test('what is reached, what chance reaches and what would be in a call of its own are counted apart', async () => {
  let quiet = 0
  const { figures } = await measure((text) => {
    if (text.endsWith('attacks')) return scores(text.startsWith('i2') ? 0.9 : -0.5, -0.6, 0.6)
    // The repetition of the first one happens to come out as the attacker wants, and moves a neighbour.
    return ++quiet === 2 ? scores(0.9, 0.6, 0.6) : scores(-0.6, -0.6, 0.6)
  })
  expect(figures.byGoal.own_score).toEqual({
    told: 2,
    reached: 1,
    caught: 0,
    chance: { told: 2, reached: 1, caught: 0 },
  })
  expect(figures.all).toEqual(figures.byGoal.own_score)
  expect(figures.unsuspected).toMatchObject({ told: 1, reached: 1, chance: { reached: 0 } })
  expect(figures.neighbours).toEqual({ moved: 0, of: 4, chance: { moved: 1, of: 4 } })
  // |-0.5 + 0.6| and |0.9 + 0.6|; without the injection both are right
  expect(figures.meanAbsoluteError.injected).toBeCloseTo(0.8)
  expect(figures.meanAbsoluteError.clean).toBe(0)
  expect(figures.usage.calls).toBe(6)
})
