import { expect, test } from 'vitest'
import { createHealth } from './health.ts'

test('(I9) a check that hangs does not hang the answer, nor the checks beside it', async () => {
  const health = createHealth({ checkTimeoutMs: 20 })
  health.ready('kafka', () => new Promise(() => {}))
  health.ready('postgres', async () => null)
  expect(await health.isReady()).toEqual({ ok: false, checks: { kafka: 'no answer within 20 ms', postgres: 'ok' } })
})

test('(I9) a check that throws counts as failed, with its reason', async () => {
  const health = createHealth()
  health.ready('a', () => {
    throw new Error('boom')
  })
  health.ready('b', () => Promise.reject(new AggregateError([], '')))
  expect(await health.isReady()).toEqual({ ok: false, checks: { a: 'boom', b: 'AggregateError' } })
  health.live('c', () => {
    throw new Error('stuck')
  })
  expect(health.isLive()).toEqual({ ok: false, checks: { c: 'stuck' } })
})

test('checks run side by side: together they take as long as the slowest, not the sum', async () => {
  const health = createHealth()
  let running = 0
  const bothRun = Promise.withResolvers<null>()
  for (const name of ['a', 'b']) {
    health.ready(name, () => {
      if (++running === 2) bothRun.resolve(null)
      return bothRun.promise
    })
  }
  expect(await health.isReady()).toEqual({ ok: true, checks: { a: 'ok', b: 'ok' } })
})

test('readiness has no say in liveness: an outage elsewhere must not restart this process', () => {
  const health = createHealth()
  health.ready('kafka', () => 'away')
  expect(health.isLive()).toEqual({ ok: true, checks: {} })
})

test('a second check of the same name does not silently replace the first', () => {
  const health = createHealth()
  health.ready('kafka', () => null)
  expect(() => health.ready('kafka', () => null)).toThrow('there is already a health check named kafka')
})
