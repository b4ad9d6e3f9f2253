import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FaultKind } from './fault-kinds.ts'
import {
  authorization,
  bodyOf,
  closeSimulators,
  configure,
  failing,
  readAll,
  send,
  simulator,
  stats,
} from './simulator.fixture.ts'

afterEach(closeSimulators)

describe('faults that are said', () => {
  test.each<[FaultKind, number, RegExp]>([
    ['rate_limited', 429, /^Too many requests for team \S+ and model grok-4\.3.*actual\/limit/],
    ['no_credits', 429, /used all available credits or reached its monthly spending limit/],
    ['server_error', 500, /internal error/],
    ['unavailable', 503, /at capacity/],
    ['overloaded', 529, /overloaded/],
    ['unavailable_in_200', 200, /at capacity/],
    ['wrong_key', 400, /^Incorrect API key/],
    ['blocked_key', 403, /API key is blocked/],
    ['unknown_model', 404, /^The model grok-4\.3 does not exist/],
  ])(
    '%s is %i in the words of xAI, under a request id, and counted as a fault and as a refusal',
    async (kind, status, words) => {
      const { server, base } = await failing({ kind, next: 1 })
      const response = await send(base).head
      expect(response.statusCode).toBe(status)
      expect(response.headers['x-request-id']).toBeTruthy()
      expect(response.headers['retry-after']).toBeUndefined()
      expect(JSON.parse(await readAll(response))).toEqual({
        code: expect.any(String),
        error: expect.stringMatching(words),
      })
      expect(await stats(server)).toMatchObject({
        calls: 1,
        answered: 0,
        refused: { [status]: 1 },
        faults: { [kind]: 1 },
      })
      expect((await send(base).head).statusCode).toBe(200)
    },
  )

  test('Retry-After comes in seconds or as a date, also beyond a minute', async () => {
    const { base } = await failing(
      { kind: 'rate_limited', next: 1, retry_after: '90' },
      { kind: 'unavailable', next: 1, retry_after: 'date:120' },
    )
    expect((await send(base).head).headers['retry-after']).toBe('90')
    const at = Date.parse(String((await send(base).head).headers['retry-after']))
    expect(at - Date.now()).toBeGreaterThan(110_000)
    expect(at - Date.now()).toBeLessThanOrEqual(120_000)
  })

  test('key and rate come first: what they refuse uses up no fault', async () => {
    const server = simulator({ rps: 1, now: () => 0 })
    await configure(server, { faults: [{ kind: 'unavailable', next: 2 }] })
    const post = (headers: Record<string, string>) =>
      server.inject({
        method: 'POST',
        url: '/v1/chat/completions',
        headers: { 'content-type': 'application/json', ...headers },
        body: bodyOf('Hello'),
      })
    expect((await post({})).statusCode).toBe(401)
    expect((await post({ authorization })).statusCode).toBe(503)
    expect((await post({ authorization })).statusCode).toBe(429)
    expect((await server.inject('/__sim/config')).json().faults).toEqual([{ kind: 'unavailable', share: 1, next: 1 }])
  })
})

describe('faults of the connection, on real sockets', () => {
  test('hang_before_headers: nothing comes, until the caller goes away', async () => {
    const { server, base } = await failing({ kind: 'hang_before_headers', next: 1 })
    const { head, leave } = send(base)
    const gone = head.then(
      () => 'answered',
      () => 'gone',
    )
    await vi.waitFor(async () => expect((await stats(server)).faults).toEqual({ hang_before_headers: 1 }))
    expect((await send(base).head).statusCode).toBe(200)
    expect((await stats(server)).in_flight).toBe(1)
    leave()
    expect(await gone).toBe('gone')
    await vi.waitFor(async () => expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 1, answered: 1 }))
  })

  test.each<[FaultKind, number]>([
    ['hang_in_body', 200],
    ['hang_in_error_body', 500],
  ])(
    '%s: the head with %i and a part of the body come, then nothing, until the simulator stops',
    async (kind, status) => {
      const { server, base } = await failing({ kind })
      const response = await send(base).head
      expect(response.statusCode).toBe(status)
      expect(response.headers['x-request-id']).toBeTruthy()
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      const broke = once(response, 'error')
      const half = Math.ceil(Number(response.headers['content-length']) / 2)
      await vi.waitFor(() => expect(Buffer.concat(parts)).toHaveLength(half))
      expect((await stats(server)).in_flight).toBe(1)
      await server.close()
      await broke
      expect(Buffer.concat(parts)).toHaveLength(half)
    },
  )

  test('hang_in_body ends when the caller goes away in the middle', async () => {
    const { server, base } = await failing({ kind: 'hang_in_body' })
    const { head, leave } = send(base)
    const response = await head
    response.on('error', () => {})
    leave()
    await vi.waitFor(async () => expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 1, answered: 0 }))
  })

  test('reset_before_headers: the connection is reset, and it is not the caller who went away', async () => {
    const { server, base } = await failing({ kind: 'reset_before_headers' })
    await expect(send(base).head).rejects.toMatchObject({ code: 'ECONNRESET' })
    await vi.waitFor(async () =>
      expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 0, faults: { reset_before_headers: 1 } }),
    )
  })

  test('reset_in_body: a part of the answer comes, then the connection is reset', async () => {
    const { server, base } = await failing({ kind: 'reset_in_body' })
    const response = await send(base).head
    expect(response.statusCode).toBe(200)
    await expect(readAll(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await vi.waitFor(async () => expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 0, answered: 0 }))
  })
})
