import { expect, test } from 'vitest'
import { createEventLoopYield } from './yield-to-event-loop.ts'

function create() {
  let now = 0
  let scheduled: (() => void)[] = []
  const yieldToEventLoop = createEventLoopYield({
    maxMs: 2,
    monotonic: () => now,
    nextTurn: (then) => void scheduled.push(then),
  })
  return {
    yieldToEventLoop,
    pass: (ms: number) => (now += ms),
    /** One turn of the event loop: what is scheduled meanwhile is for the next one. */
    loop: async () => {
      const due = scheduled
      scheduled = []
      for (const then of due) then()
      await Promise.resolve()
    },
  }
}

/** Asks and notes when it may go on. */
function ask({ yieldToEventLoop }: ReturnType<typeof create>, name: string, gone: string[]): void {
  void (yieldToEventLoop() ?? Promise.resolve()).then(() => gone.push(name))
}

test('hazard: answers to all calls of a slot come at once: one of those that wait goes on in a turn, the oldest first', async () => {
  const turns = create()
  const gone: string[] = []
  for (const name of ['a', 'b', 'c']) ask(turns, name, gone)
  await turns.loop()
  expect(gone).toEqual(['a'])
  turns.pass(5)
  ask(turns, 'd', gone)
  for (let i = 0; i < 3; i++) {
    await turns.loop()
    turns.pass(5)
  }
  expect(gone).toEqual(['a', 'b', 'c', 'd'])
})

test('small pieces share a turn until it has taken long', async () => {
  const turns = create()
  const first = turns.yieldToEventLoop()
  expect(first).toBeInstanceOf(Promise)
  await turns.loop()
  await first
  turns.pass(1.9)
  expect(turns.yieldToEventLoop()).toBeUndefined()
  turns.pass(0.1)
  const second = turns.yieldToEventLoop()
  expect(second).toBeInstanceOf(Promise)
  await turns.loop()
  await second
  expect(turns.yieldToEventLoop()).toBeUndefined()
})
