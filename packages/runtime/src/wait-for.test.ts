import { expect, test } from 'vitest'
import { createLifecycle, type Part } from './lifecycle.ts'
import { createLogger } from './logger.ts'
import { waitFor } from './wait-for.ts'

const log = createLogger({ service: 't', level: 'silent' })

function setUp(look: () => Promise<string | null>) {
  const waiting = waitFor({ name: 'tables', look, until: 'not looked yet', log, random: () => 0 })
  const events: string[] = []
  const part = (name: string): Part => ({
    name,
    start: () => void events.push(`${name} started`),
    stop: () => void events.push(`${name} stopped`),
  })
  return { waiting, events, parts: [part('server'), waiting, part('consumer')] }
}

test('what comes before runs while it waits, what comes behind starts when it is there', async () => {
  const answers = ['no tables', null]
  const seen: (string | null)[] = []
  const { waiting, events, parts } = setUp(async () => {
    seen.push(waiting.ready())
    events.push('looked')
    return answers.shift() ?? null
  })
  const lifecycle = createLifecycle({ log, stopDeadlineMs: 10_000 })
  await lifecycle.start(parts)
  expect({ seen, ready: waiting.ready(), events }).toEqual({
    seen: ['not looked yet', 'no tables'],
    ready: null,
    events: ['server started', 'looked', 'looked', 'consumer started'],
  })
  await lifecycle.stop()
})

test('a stop ends the wait: nothing behind it is started, and what runs is stopped', async () => {
  const looked = Promise.withResolvers<void>()
  const { waiting, events, parts } = setUp(async () => {
    looked.resolve()
    return 'no tables'
  })
  const lifecycle = createLifecycle({ log, stopDeadlineMs: 10_000 })
  const starting = lifecycle.start(parts)
  await looked.promise
  await Promise.all([lifecycle.stop(), expect(starting).rejects.toThrow('stopped while starting')])
  expect({ ready: waiting.ready(), events }).toEqual({
    ready: 'no tables',
    events: ['server started', 'server stopped'],
  })
})

test('what does not pass by itself fails the start', async () => {
  const { parts, events } = setUp(() => Promise.reject(new TypeError('our bug')))
  const lifecycle = createLifecycle({ log, stopDeadlineMs: 10_000 })
  await expect(lifecycle.start(parts)).rejects.toThrow('our bug')
  expect(events).toEqual(['server started', 'server stopped'])
})
