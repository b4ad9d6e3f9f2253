import { expect, test } from 'vitest'
import { rememberWriters, type Answer } from './remember-writers.ts'

const isSmall = (writer: string) => writer.startsWith('useless')

/** A lookup that is answered by `answer`, counts, and a clock that is set by hand. */
function setup(answer: (id: number) => Answer<string>) {
  const asked: number[] = []
  const clock = { ms: 0 }
  const lookUp = async (id: number) => {
    asked.push(id)
    await Promise.resolve()
    return answer(id)
  }
  return {
    asked,
    clock,
    writers: rememberWriters<string>({ lookUp, isSmall, now: () => clock.ms, unknownIdTtlMs: 1_000 }),
  }
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
  writers.keep(1, 'own')
  for (let id = 2; id < 50_000; id++) await writers.find(id)
  expect(writers.known(1)).toBe('own')
  const remembered = Array.from({ length: 50_000 }, (_, id) => writers.known(id)).filter((known) => known === 'unknown')
  expect(remembered).toHaveLength(32_768)
  for (let id = 1_000_000; id < 1_001_000; id++) await writers.find(id)
  expect(writers.known(1_000_000)).toBeUndefined()
  expect(writers.known(1_000_999)).toBe('w')
})

/** A lookup whose questions stay open until they are answered by hand. */
function setupOpen() {
  const open = new Map<number, (answer: Answer<string>) => void>()
  const asked: number[] = []
  const lookUp = (id: number) => {
    asked.push(id)
    return new Promise<Answer<string>>((resolve) => open.set(id, resolve))
  }
  const writers = rememberWriters<string>({ lookUp, isSmall, now: () => 0, unknownIdTtlMs: 1_000 })
  const answer = async (id: number, with_: Answer<string>) => {
    open.get(id)?.(with_)
    open.delete(id)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return { open, asked, writers, answer }
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

test('what will be wanted soon is asked ahead, a few at a time, each once, and what is known is not', async () => {
  const { asked, open, writers, answer } = setupOpen()
  writers.keep(3, 'own')
  writers.askAhead([...ids(20), ...ids(20)])
  writers.askAhead(ids(20))
  let atOnce = 0
  while (open.size > 0) {
    atOnce = Math.max(atOnce, open.size)
    const [id = 0] = open.keys()
    await answer(id, { kind: 'unknown' })
  }
  expect(atOnce).toBe(6)
  expect(asked).toEqual(ids(20).filter((id) => id !== 3))
  expect(ids(20).every((id) => writers.known(id) !== undefined)).toBe(true)
})

test('who wants an id now does not wait for those that were asked for ahead, and shares a question that is under way', async () => {
  const { asked, open, writers, answer } = setupOpen()
  writers.askAhead(ids(100))
  void writers.find(2)
  expect(open.size).toBe(6)
  const wanted = writers.find(99)
  expect(asked).toEqual([1, 2, 3, 4, 5, 6, 99])
  await answer(99, { kind: 'writer', writer: 'w' })
  expect(await wanted).toEqual({ kind: 'writer', writer: 'w' })
})

test('while the registry is away nothing is asked ahead: a hundred questions without an answer help no one', async () => {
  const { asked, open, writers, answer } = setupOpen()
  writers.askAhead(ids(100))
  for (const id of ids(6)) await answer(id, { kind: 'away', detail: 'gone' })
  expect({ asked: asked.length, open: open.size }).toEqual({ asked: 6, open: 0 })
  writers.askAhead([50])
  expect(asked).toHaveLength(7)
})

test('a lookup that throws ahead is thrown to the caller that asks for the id, not into an unhandled rejection', async () => {
  let broken = true
  const { asked, writers } = setup(() => {
    if (broken) throw new Error('bug')
    return { kind: 'unknown' }
  })
  writers.askAhead(ids(100))
  await expect.poll(() => asked.length).toBe(6)
  await expect(writers.find(50)).rejects.toThrow('bug')
  broken = false
  writers.askAhead(ids(10))
  await expect.poll(() => ids(10).every((id) => writers.known(id) === 'unknown')).toBe(true)
})

test('(I8) any number of schemas that are no use pushes out no writer that is, and each is asked for once', async () => {
  const { asked, writers } = setup((id) => ({ kind: 'writer', writer: id < 1_000 ? `w${id}` : `useless ${id}` }))
  await writers.find(1)
  for (let round = 0; round < 3; round++)
    for (let id = 1_000; id < 1_400; id++) if (writers.known(id) === undefined) await writers.find(id)
  expect({ asked: asked.length, known: writers.known(1) }).toEqual({ asked: 401, known: 'w1' })
})

test('the writers used least recently are forgotten first, and our own never', async () => {
  const { writers } = setup((id) => ({ kind: 'writer', writer: `w${id}` }))
  writers.keep(7, 'own')
  await writers.find(1)
  for (let id = 1_000; id < 1_200; id++) {
    await writers.find(id)
    writers.known(1)
  }
  expect({ own: writers.known(7), used: writers.known(1), unused: writers.known(1_000) }).toEqual({
    own: 'own',
    used: 'w1',
    unused: undefined,
  })
})
