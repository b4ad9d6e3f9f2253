import { channel } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createGrok, forgetOpenAiVariables } from './ask-grok.ts'
import { toChatRequest } from './chat-request.ts'
import type { Question } from './provider.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** A real server that behaves as told, and a client of it. */
async function against(handler: Handler, options: { timeoutMs?: number; maxAnswerBytes?: number } = {}) {
  const requests: { url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    requests.push({ url: request.url ?? '', headers: request.headers, body })
    handler(request, response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const grok = await connectedGrok(port, options)
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const left: number[] = []
  const ask = (signal = new AbortController().signal) =>
    grok.ask(question, {
      callId: 'call-1',
      cacheKey: 'prompt-1',
      signal,
      untilOpen: () => Promise.resolve(),
      mayLeave: () => true,
      onLeave: () => left.push(requests.length),
    })
  return { grok, ask, left, requests, server }
}
const settings = { model: 'grok-4.3', effort: 'none', responseFormat: 'json_schema' } as const
const question: Question = { system: 'Judge.', user: '{"items":[]}', answerSchema: { type: 'object' }, results: 1 }

const COMPLETION = { choices: [{ finish_reason: 'stop', message: { content: 'answered' } }] }

async function connectedGrok(port: number, options: { timeoutMs?: number; maxAnswerBytes?: number } = {}) {
  const grok = createGrok({
    apiKey: 'secret',
    baseURL: `http://127.0.0.1:${port}/v1`,
    timeoutMs: 5_000,
    settings,
    spare: 2,
    settleMs: 5,
    now: Date.now,
    ...options,
  })
  cleanups.push(grok.close)
  grok.expectCalls()
  await vi.waitFor(() => expect(grok.ready()).toBe(2))
  return grok
}
const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

describe('one request to Grok', () => {
  test('carries the key, the prompt and the ids, and hands the body of a 200 on', async () => {
    const { ask, requests } = await against((_request, response) =>
      json(response, 200, COMPLETION, { 'x-request-id': 'r-7' }),
    )
    const reply = await ask()
    expect(reply).toMatchObject({ kind: 'completed', text: 'answered', requestId: 'r-7' })
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      url: '/v1/chat/completions',
      headers: { authorization: 'Bearer secret', 'x-client-request-id': 'call-1', 'x-grok-conv-id': 'prompt-1' },
    })
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(toChatRequest(question, settings))
  })

  test('(I3) a 429 is one request, not three, and its Retry-After is kept however long', async () => {
    const { ask, requests } = await against((_request, response) =>
      json(response, 429, { code: 'limit', error: 'Too many requests for team x' }, { 'retry-after': '120' }),
    )
    const reply = await ask()
    const refusal = { verdict: 'transient', reason: 'rate_limited', retryAfterMs: 120_000 }
    expect(reply).toMatchObject({ kind: 'refused', asSuccess: false, refusal })
    expect(requests).toHaveLength(1)
  })

  test('(I3) a redirect is not followed: it would be a request that is not counted', async () => {
    const { ask, requests } = await against((_request, response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    )
    expect(await ask()).toMatchObject({ kind: 'refused', refusal: { reason: 'redirected' } })
    expect(requests).toHaveLength(1)
  })

  test('tells once when the request leaves, and not at all when it cannot', async () => {
    const { grok, ask, left, server } = await against((_request, response) => json(response, 200, COMPLETION))
    await ask()
    expect(left).toEqual([0])
    await vi.waitFor(() => expect(grok.ready()).toBeGreaterThan(1))
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await vi.waitFor(() => expect(grok.ready()).toBe(0))
    await ask()
    expect(left).toEqual([0])
  })

  test("xAI's error keeps its text and its code, which the SDK drops", async () => {
    const { ask } = await against((_request, response) =>
      json(response, 403, {
        code: 'forbidden',
        error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO',
      }),
    )
    expect(await ask()).toMatchObject({
      kind: 'refused',
      refusal: {
        verdict: 'unsafe',
        detail:
          'HTTP 403: {"code":"forbidden","error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}',
      },
    })
  })

  test.each<[string, Handler]>([
    ['sends nothing', () => {}],
    ['stalls in the body of a 200', (_request, response) => void response.writeHead(200).write('{"cho')],
    ['stalls in the body of an error', (_request, response) => void response.writeHead(503).write('{"err')],
  ])('a server that %s is given up in time', async (_name, handler) => {
    const { ask, requests } = await against(handler, { timeoutMs: 150 })
    expect(await ask()).toMatchObject({ kind: 'broke', how: 'timeout' })
    expect(requests).toHaveLength(1)
  })

  test.each<[string, Handler]>([
    ['resets the connection', (request) => void request.socket.resetAndDestroy()],
    [
      'resets it in the middle of the body',
      (request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"choices":')
        setImmediate(() => request.socket.resetAndDestroy())
      },
    ],
  ])('a server that %s has not answered', async (_name, handler) => {
    const { ask, requests } = await against(handler)
    expect(await ask()).toMatchObject({ kind: 'broke', how: 'network' })
    expect(requests).toHaveLength(1)
  })

  test('a server that is not there has not answered, with the reason; until that is known the call is held', async () => {
    const { grok, ask, server } = await against(() => {})
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await vi.waitFor(() => expect(grok.ready()).toBe(0))
    const kinds = new Set<string>()
    await vi.waitFor(async () => {
      const result = await ask()
      kinds.add(result.kind)
      expect(result).toEqual({ kind: 'broke', how: 'network', detail: expect.stringContaining('ECONNREFUSED') })
    })
    expect(grok.problem()).toContain('ECONNREFUSED')
    expect([...kinds].every((kind) => kind === 'held' || kind === 'broke')).toBe(true)
  })

  test('HTML with status 200 is a response, and no answer', async () => {
    const { ask } = await against((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>'),
    )
    expect(await ask()).toMatchObject({
      kind: 'refused',
      asSuccess: true,
      refusal: { reason: 'not_a_completion', detail: 'not a chat completion: "<html>login</html>"' },
    })
  })

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)(
    'an answer in %s is read, although none was asked for; so are the words of an error',
    async (encoding, encode) => {
      const said: { status: number; body: object }[] = [
        { status: 200, body: COMPLETION },
        { status: 403, body: { error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO' } },
      ]
      const { ask, requests } = await against((_request, response) => {
        const { status, body } = said.shift() ?? { status: 500, body: {} }
        response.writeHead(status, { 'content-encoding': encoding }).end(encode(JSON.stringify(body)))
      })
      expect(await ask()).toMatchObject({ kind: 'completed', text: 'answered' })
      expect(await ask()).toMatchObject({ kind: 'refused', refusal: { verdict: 'unsafe', reason: 'blocked' } })
      expect(requests[0]?.headers['accept-encoding']).toBe('identity')
    },
  )

  test('what cannot be decoded is told as that', async () => {
    const { ask } = await against((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from([0xff, 0xfe, 0xfd])),
    )
    const detail = expect.stringContaining('the body cannot be read: its content-encoding is')
    expect(await ask()).toMatchObject({ kind: 'refused', refusal: { reason: 'not_a_completion', detail } })
  })

  test('(I8) an endless answer is read only so far, also of an error', async () => {
    const pour: (status: number) => Handler = (status) => (_request, response) => {
      response.writeHead(status)
      const chunk = 'x'.repeat(64 * 1024)
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', more)
      more()
    }
    const ask = async (status: number) => (await against(pour(status), { maxAnswerBytes: 100_000 })).ask()
    expect(await ask(200)).toMatchObject({ kind: 'refused', refusal: { reason: 'not_a_completion' } })
    expect(await ask(500)).toMatchObject({ kind: 'refused', refusal: { reason: 'unavailable' } })
  })

  test('a stop gives the call up, before it is sent or while it is under way', async () => {
    const arrived = Promise.withResolvers<void>()
    const { ask, requests } = await against(() => arrived.resolve())
    const stop = new AbortController()
    const asking = ask(stop.signal)
    await arrived.promise
    stop.abort()
    expect(await asking).toEqual({ kind: 'aborted' })
    expect(await ask(stop.signal)).toEqual({ kind: 'aborted' })
    expect(requests).toHaveLength(1)
  })

  test('variables that are meant for another provider do not leak into the calls', async () => {
    const env = { OPENAI_CUSTOM_HEADERS: 'authorization: Bearer other', OPENAI_ORG_ID: 'org', HOME: '/home/me' }
    forgetOpenAiVariables(env)
    expect(env).toEqual({ HOME: '/home/me' })
  })
})

describe('(I3) the gate at the last moment', () => {
  const closed = () => false
  const options = (mayLeave: () => boolean) => {
    const onLeave = vi.fn<() => void>()
    return {
      callId: 'call-1',
      cacheKey: 'p',
      signal: new AbortController().signal,
      untilOpen: () => Promise.resolve(),
      mayLeave,
      onLeave,
    }
  }

  test('closed: not a byte is on the wire, and the connection stays ready', async () => {
    let bytes = 0
    let accepted = 0
    const server = createTcpServer((socket) => {
      accepted++
      socket.on('data', (chunk) => (bytes += chunk.length)).on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise<void>((resolve) => void server.close(() => resolve())))
    const grok = await connectedGrok((server.address() as AddressInfo).port)
    for (let calls = 0; calls < 5; calls++) {
      const held = options(closed)
      expect(await grok.ask(question, held)).toEqual({ kind: 'held' })
      expect(held.onLeave).not.toHaveBeenCalled()
      await vi.waitFor(() => expect(grok.ready()).toBeGreaterThanOrEqual(2))
    }
    expect(accepted).toBeLessThanOrEqual(4)
    // What the server receives next is the first byte that left at all.
    const stop = new AbortController()
    const asking = grok.ask(question, { ...options(() => true), signal: stop.signal })
    await vi.waitFor(() => expect(bytes).toBeGreaterThan(0))
    stop.abort()
    expect(await asking).toEqual({ kind: 'aborted' })
    expect(bytes).toBeLessThan(2 * JSON.stringify(toChatRequest(question, settings)).length + 2_000)
  })

  test('closed on a connection that was used before: held, and the next call uses it', async () => {
    const { grok, ask, requests } = await against((_request, response) => json(response, 200, COMPLETION))
    expect(await ask()).toMatchObject({ kind: 'completed' })
    expect(await grok.ask(question, options(closed))).toEqual({ kind: 'held' })
    expect(requests).toHaveLength(1)
    expect(await ask()).toMatchObject({ kind: 'completed' })
    expect(requests).toHaveLength(2)
  })

  test('a call counts as gone from the moment it is made: two of the same turn do not count on one connection', async () => {
    const { grok } = await against((_request, response) => json(response, 200, COMPLETION))
    const calls = [1, 2, 3].map((call) => {
      expect(grok.ready()).toBe(3 - call)
      return grok.ask(question, { ...options(() => true), callId: `call-${call}` })
    })
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['completed', 'completed', 'held'])
  })

  test('the request is made at once and leaves when its slot opens; its connection is taken meanwhile', async () => {
    const { grok, requests } = await against((_request, response) => json(response, 200, COMPLETION))
    const opening = Promise.withResolvers<void>()
    const asking = grok.ask(question, { ...options(() => true), untilOpen: () => opening.promise })
    await new Promise(setImmediate)
    expect(grok.ready()).toBe(1)
    expect(requests).toEqual([])
    opening.resolve()
    expect(await asking).toMatchObject({ kind: 'completed' })
    expect(requests).toHaveLength(1)
  })

  test('is asked in the same go in which head and body are written', async () => {
    const { grok } = await against((_request, response) => json(response, 200, COMPLETION))
    const events: string[] = []
    const onSent = () => void events.push('sent')
    channel('undici:request:bodySent').subscribe(onSent)
    cleanups.push(() => void channel('undici:request:bodySent').unsubscribe(onSent))
    const mayLeave = () => {
      events.push('asked')
      queueMicrotask(() => events.push('later'))
      return true
    }
    await grok.ask(question, options(mayLeave))
    expect(events).toEqual(['asked', 'sent', 'later'])
  })
})
