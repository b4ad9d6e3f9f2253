import { expect, test } from 'vitest'
import { rememberWriters, type Answer } from './remember-writers.ts'

/** A lookup that is answered by `answer`, counts, and a clock that is set by hand. */
function setup(answer: (id: number) => Answer<string>) {
  const asked: number[] = []
  const clock = { ms: 0 }
  const lookUp = async (id: number) => {
    asked.push(id)
    await Promise.resolve()
    return answer(id)
  }
  return { asked, clock, writers: rememberWriters<string>({ lookUp, now: () => clock.ms, unknownIdTtlMs: 1_000 }) }
}

test('questions for one id at one time are one question, and a writer is asked for once', async () => {
  const { asked, writers } = setup((id) => ({ kind: 'writer', writer: `w${id}` }))
  await Promise.all([writers.find(7), writers.find(7), writers.find(8)])
  expect(asked).toEqual([7, 8])
  expect(writers.known(7)).toBe('w7')
})

test('an unknown id is not asked for again until its time is over', async () => {
  const { asked, clock, writers } = setup(() => ({ kind: 'unknown' }))
  expect(await writers.find(7)).toEqual({ kind: 'unknown' })
  clock.ms = 999
  expect(writers.known(7)).toBe('unknown')
  clock.ms = 1_000
  expect(writers.known(7)).toBeUndefined()
  await writers.find(7)
  expect(asked).toEqual([7, 7])
})

test('that the registry was away is not remembered', async () => {
  const { writers } = setup(() => ({ kind: 'away', detail: 'gone' }))
  expect(await writers.find(7)).toEqual({ kind: 'away', detail: 'gone' })
  expect(writers.known(7)).toBeUndefined()
})

test('a lookup that throws is our bug: it is not swallowed, and not remembered either', async () => {
  let broken = true
  const { writers } = setup(() => {
    if (broken) throw new Error('bug')
    return { kind: 'writer', writer: 'w' }
  })
  await expect(Promise.all([writers.find(7), writers.find(7)])).rejects.toThrow('bug')
  broken = false
  expect(await writers.find(7)).toEqual({ kind: 'writer', writer: 'w' })
})

test('(I8) a stream of made-up ids neither grows the memory nor pushes out the writers', async () => {
  const { writers } = setup((id) => (id < 1_000_000 ? { kind: 'unknown' } : { kind: 'writer', writer: 'w' }))
  writers.set(1, 'own')
  for (let id = 2; id < 5_000; id++) await writers.find(id)
  expect(writers.known(1)).toBe('own')
  const remembered = Array.from({ length: 5_000 }, (_, id) => writers.known(id)).filter((known) => known === 'unknown')
  expect(remembered).toHaveLength(1_024)
  for (let id = 1_000_000; id < 1_001_000; id++) await writers.find(id)
  expect(writers.known(1_000_000)).toBeUndefined()
  expect(writers.known(1_000_999)).toBe('w')
})
