import { once } from 'node:events'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { chatRequest, item } from './requests/chat-request.fixture.ts'
import { authorization, closeSimulators, listen, simulator, stats } from './simulator.fixture.ts'

afterEach(closeSimulators)

const body = JSON.stringify(chatRequest([item('a', 'It works, thanks!'), item('b', 'Where is my invoice?')]))

function post(server: HttpServer, headers: Record<string, string> = { authorization }) {
  return server.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
}

function call(base: string, signal: AbortSignal | null = null) {
  return fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body,
    signal,
  })
}

describe('the simulated API', () => {
  test('answers a call, and every answer and refusal carries a request id', async () => {
    const server = simulator()
    const answered = await post(server)
    expect(answered.statusCode).toBe(200)
    expect(answered.json()).toMatchObject({ object: 'chat.completion', model: 'simulator' })
    const refused = await post(server, {})
    expect(refused.statusCode).toBe(401)
    const lost = await server.inject({ url: '/v1/responses', headers: { authorization } })
    expect(lost.statusCode).toBe(404)
    const ids = [answered, refused, lost].map((response) => response.headers['x-request-id'])
    expect(new Set(ids.filter(Boolean)).size).toBe(3)
  })

  test('what is no JSON media type is refused in plain text, and counted', async () => {
    const server = simulator()
    const refused = await post(server, { authorization, 'content-type': 'text/csv' })
    expect(refused.statusCode).toBe(415)
    expect(refused.headers['content-type']).toMatch(/^text\/plain/)
    expect(await stats(server)).toMatchObject({ calls: 1, refused: { 415: 1 } })
  })

  test('lists the models to those who have a key', async () => {
    const server = simulator()
    expect((await server.inject('/v1/models')).statusCode).toBe(401)
    const listed = await server.inject({ url: '/v1/models', headers: { authorization } })
    expect(listed.json().data).toContainEqual(expect.objectContaining({ id: 'grok-4.3', object: 'model' }))
  })
})

describe('stats', () => {
  test('(I3) every arrival counts in the fullest second, refused ones and the model list too', async () => {
    let now = 0
    const server = simulator({ rps: 2, now: () => now })
    await post(server)
    await post(server)
    await post(server)
    await post(server, {})
    await server.inject('/v1/models')
    now = 1000
    await post(server)
    expect(await stats(server)).toMatchObject({
      calls: 5,
      answered: 3,
      refused: { 401: 1, 429: 1 },
      max_calls_in_sliding_second: 5,
      shortest_span: { calls: 3, ms: 0 },
      items: 6,
      items_per_call_mean: 2,
      distinct_aliases: 2,
      distinct_system_prompts: 1,
      models: { 'grok-4.3': 3 },
      in_flight: 0,
      max_in_flight: 1,
    })
  })

  test('the second call with the same system turn is charged a cached prefix', async () => {
    const server = simulator()
    await post(server)
    expect((await stats(server)).tokens.cached).toBe(0)
    await post(server)
    expect((await stats(server)).tokens.cached).toBeGreaterThan(160)
  })

  test('a caller that goes away leaves no call in flight, even across a reset', async () => {
    const server = simulator({ medianMs: 600_000 })
    const base = await listen(server)
    const abort = new AbortController()
    const lost = call(base, abort.signal).catch(() => 'gone')
    await vi.waitFor(async () => expect((await stats(server)).in_flight).toBe(1))
    await server.inject({ method: 'POST', url: '/__sim/reset' })
    expect(await stats(server)).toMatchObject({ calls: 0, in_flight: 1, max_in_flight: 1 })
    abort.abort()
    expect(await lost).toBe('gone')
    await vi.waitFor(async () => expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 1 }))
  })
})

describe('config', () => {
  test('a part can be changed at run time, and the rest stays', async () => {
    const server = simulator({ rps: 1 })
    const change = { rps: 3, latency: { sigma: 0.5 } }
    const changed = await server.inject({ method: 'POST', url: '/__sim/config', body: change })
    expect(changed.json()).toEqual({
      rps: 3,
      tpm: 0,
      latency: { median_ms: 0, sigma: 0.5, tail_share: 0, tail_factor: 1 },
      answers: 'scored',
      faults: [],
      markers: true,
      private: [],
    })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await post(server)).statusCode)
    expect(statuses).toEqual([200, 200, 200, 429])
    expect((await stats(server)).shortest_span.calls).toBe(4)
  })

  test('a misspelt or impossible setting is refused and changes nothing', async () => {
    const server = simulator()
    for (const wrong of [
      { rpm: 5 },
      { rps: -1 },
      { tpm: 0.5 },
      { markers: 'no' },
      { private: ['abc'] },
      { latency: { median_ms: 'slow' } },
    ]) {
      const refused = await server.inject({ method: 'POST', url: '/__sim/config', body: wrong })
      expect(refused.statusCode).toBe(422)
    }
    expect((await server.inject('/__sim/config')).json()).toMatchObject({ rps: 10, latency: { median_ms: 0 } })
  })
})

test('stopping answers what is in flight instead of waiting out the latency', async () => {
  const server = simulator({ medianMs: 600_000 })
  const base = await listen(server)
  const answer = call(base)
  await vi.waitFor(async () => expect((await stats(server)).in_flight).toBe(1))
  const closed = once(server.server, 'close')
  await server.close()
  await closed
  expect((await answer).status).toBe(200)
})
