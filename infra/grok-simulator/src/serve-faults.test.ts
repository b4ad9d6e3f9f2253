import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FaultKind } from './faults/fault-kinds.ts'
import {
  authorization,
  bodyOf,
  closeSimulators,
  configure,
  exchange,
  failing,
  readAll,
  send,
  simulator,
  stats,
} from './simulator.fixture.ts'

afterEach(closeSimulators)

async function readBytes(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('faults that are said', () => {
  test('what is encoded in spite of `identity` says so, and is the same when it is decoded', async () => {
    const { base } = await failing({ kind: 'gzipped_refusal', next: 1 }, { kind: 'undecodable_answer', next: 1 })
    const encoded = async () => {
      const response = await send(base, { headers: { 'accept-encoding': 'identity' } }).head
      expect(response.headers['content-encoding']).toBe('gzip')
      return readBytes(response)
    }
    expect(JSON.parse(gunzipSync(await encoded()).toString())).toMatchObject({
      error: expect.stringContaining('violates usage'),
    })
    const garbage = await encoded()
    expect(() => gunzipSync(garbage)).toThrow('incorrect header check')
  })

  test.each<[FaultKind, number, RegExp]>([
    ['rate_limited', 429, /^Too many requests for team \S+ and model grok-4\.3.*actual\/limit/],
    ['too_many_tokens', 429, /^Too many tokens for team \S+ and model grok-4\.3.*Tokens per Minute \(actual\/limit\)/],
    ['no_credits', 429, /used all available credits or reached its monthly spending limit/],
    ['server_error', 500, /internal error/],
    ['unavailable', 503, /at capacity/],
    ['overloaded', 529, /overloaded/],
    ['unavailable_in_200', 200, /at capacity/],
    ['wrong_key', 400, /^Incorrect API key/],
    ['blocked_key', 403, /API key is blocked/],
    ['unknown_model', 404, /^The model grok-4\.3 does not exist/],
    ['context_overflow', 400, /^This model's maximum prompt length is \d+ but the request contains \d+ tokens/],
    [
      'unsafe_content',
      403,
      /^Content violates usage guidelines\. .*Model: grok-4\.3, Failed check: SAFETY_CHECK_TYPE_/,
    ],
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

  test.each<[FaultKind, number, RegExp, RegExp]>([
    ['html_200', 200, /^text\/html/, /^<html>/],
    ['html_502', 502, /^text\/html/, /502 Bad Gateway/],
    ['plain_text_422', 422, /^text\/plain/, /^Failed to deserialize the JSON body/],
    ['openai_shaped_error', 500, /^application\/json/, /^\{"error":\{"message":".+","type":".+","code":".+"\}\}$/],
    ['redirected', 307, /^text\/html/, /307 Temporary Redirect/],
  ])('%s is %i in a shape that is not that of xAI, and a refusal all the same', async (kind, status, type, words) => {
    const { server, base } = await failing({ kind, next: 1 })
    const { headers, text, ...got } = await exchange(base)
    expect(got.status).toBe(status)
    expect(headers['content-type']).toMatch(type)
    expect(headers['x-request-id']).toBeTruthy()
    expect(text).toMatch(words)
    expect(await stats(server)).toMatchObject({ answered: 0, refused: { [status]: 1 }, faults: { [kind]: 1 } })
    expect((await stats(server)).recent_refusals).toHaveLength(1)
  })

  test('who follows the redirect is answered, and counted as a call more', async () => {
    const { server, base } = await failing({ kind: 'redirected' })
    const { headers } = await exchange(base)
    expect((await exchange(base, { path: String(headers.location) })).status).toBe(200)
    expect(await stats(server)).toMatchObject({
      calls: 2,
      answered: 1,
      max_calls_in_sliding_second: 2,
      repeated_after_fault: 1,
    })
    const followed = await fetch(`${base}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: bodyOf('Hello [sim:redirected]'),
    })
    expect(followed.status).toBe(200)
    expect(await stats(server)).toMatchObject({ calls: 4, faults: { redirected: 2 } })
  })

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
