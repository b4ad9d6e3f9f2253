import { Agent } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { chatRequest, item } from './requests/chat-request.fixture.ts'
import {
  authorization,
  bodyOf,
  calls,
  closeSimulators,
  configure,
  exchange,
  failing,
  listen,
  readAll,
  send,
  simulator,
  stats,
} from './simulator.fixture.ts'

afterEach(closeSimulators)

describe('repeats', () => {
  test('what a refusal, a fault or a cut answer makes a caller send again is no repeat of the kind that a kill makes', async () => {
    const { server, base } = await failing({ kind: 'reset_before_headers', next: 1 }, { kind: 'unavailable', next: 1 })
    const body = bodyOf('First', 'Second')
    const cut = JSON.stringify(chatRequest([item('x', 'First')], { max_completion_tokens: 5 }))
    await send(base, { body }).head.catch(() => {})
    await send(base, { body }).head
    await send(base, { body: cut }).head
    await send(base, { body }).head
    expect(await stats(server)).toMatchObject({ distinct_items: 2, repeated_items: 0, repeated_after_fault: 5 })
    await send(base, { body: bodyOf('Second') }).head
    expect(await stats(server)).toMatchObject({ distinct_items: 2, repeated_items: 1, repeated_after_fault: 5 })
  })

  test('what is sent again while its first call is in flight, or after its caller died, is a repeat', async () => {
    const server = simulator({ rps: 0, medianMs: 600_000 })
    const base = await listen(server)
    const body = bodyOf('First')
    const first = send(base, { body })
    first.head.catch(() => {})
    await vi.waitFor(async () => expect((await stats(server)).distinct_items).toBe(1))
    const second = send(base, { body })
    second.head.catch(() => {})
    await vi.waitFor(async () => expect((await stats(server)).repeated_items).toBe(1))
    first.leave()
    second.leave()
    await vi.waitFor(async () => expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 2 }))
    await configure(server, { latency: { median_ms: 0 } })
    await send(base, { body }).head
    expect(await stats(server)).toMatchObject({ distinct_items: 1, repeated_items: 2, repeated_after_fault: 0 })
    await server.inject({ method: 'POST', url: '/__sim/reset' })
    expect(await stats(server)).toMatchObject({ distinct_items: 0, repeated_items: 0, repeated_after_fault: 0 })
  })
})

describe('calls', () => {
  test('lists arrivals with what became of them, their size, and their connection', async () => {
    const { server, base } = await failing({ kind: 'unavailable', next: 1 })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const body of [bodyOf('a', 'b'), bodyOf('c'), '{']) {
      await readAll(await send(base, { body, agent }).head)
      if (body === '{') await (await fetch(`${base}/v1/models`, { headers: { authorization } })).text()
    }
    const listed = await calls(server)
    expect(listed).toMatchObject([
      { status_or_fault: 'unavailable', items: 2, connection: 1 },
      { status_or_fault: 200, items: 1, connection: 1 },
      { status_or_fault: 400, items: 0, connection: 1 },
      { status_or_fault: 200, items: 0, connection: 2 },
    ])
    const moments = listed.map((call) => call.at_ms)
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
    expect(await calls(server, 1)).toEqual(listed.slice(-1))
    agent.destroy()
    await server.inject({ method: 'POST', url: '/__sim/reset' })
    expect(await calls(server)).toEqual([])
  })

  test('a caller that goes away is listed as gone', async () => {
    const server = simulator({ medianMs: 600_000 })
    const { head, leave } = send(await listen(server))
    head.catch(() => {})
    await vi.waitFor(async () => expect(await calls(server)).toMatchObject([{ status_or_fault: 200 }]))
    leave()
    await vi.waitFor(async () => expect(await calls(server)).toMatchObject([{ status_or_fault: 'caller_gone' }]))
  })

  test('more than there can be, or none, is refused', async () => {
    const server = simulator()
    for (const last of ['20001', '0', 'all', '1.5'])
      expect((await server.inject(`/__sim/calls?last=${last}`)).statusCode).toBe(422)
    expect((await server.inject('/__sim/calls?last=20000')).json()).toEqual([])
  })
})

describe('config', () => {
  test('faults are replaced as a list, survive other changes and a reset, and wrong ones change nothing', async () => {
    const server = simulator()
    const shown = async () => (await server.inject('/__sim/config')).json().faults
    await configure(server, { faults: [{ kind: 'unavailable' }, { kind: 'overloaded', share: 0.5 }] })
    await configure(server, { rps: 20 })
    await server.inject({ method: 'POST', url: '/__sim/reset' })
    expect(await shown()).toEqual([
      { kind: 'unavailable', share: 1 },
      { kind: 'overloaded', share: 0.5 },
    ])
    expect((await configure(server, { faults: [{ kind: 'gremlins' }] })).statusCode).toBe(422)
    expect((await configure(server, { faults: [{ kind: 'unavailable', retry_after: 'soon' }] })).statusCode).toBe(422)
    expect(await shown()).toHaveLength(2)
    await configure(server, { faults: [] })
    expect(await shown()).toEqual([])
  })

  test('plain answers tell clear joy from clear anger, and keep the protocol', async () => {
    const server = simulator()
    await configure(server, { answers: 'plain' })
    const body = bodyOf('I love it, thank you!', 'Where is my parcel?', 'This is unacceptable')
    const { text } = await exchange(await listen(server), { body })
    const { results } = JSON.parse(JSON.parse(text).choices[0].message.content)
    expect(results).toMatchObject([
      { conversation_id: 'a0', sentiment_score: 0.7, clusters: ['general'] },
      { conversation_id: 'a1', sentiment_score: 0 },
      { conversation_id: 'a2', sentiment_score: -0.7 },
    ])
    expect((await configure(server, { answers: 'none' })).statusCode).toBe(422)
  })
})
