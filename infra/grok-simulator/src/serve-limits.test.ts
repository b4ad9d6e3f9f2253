import { afterEach, describe, expect, test } from 'vitest'
import { chatRequest, item } from './requests/chat-request.fixture.ts'
import { bodyOf, closeSimulators, configure, exchange, failing, listen, simulator, stats } from './simulator.fixture.ts'

afterEach(closeSimulators)

describe('tokens per minute', () => {
  test('what is beyond them is 429 in the words of xAI, until the minute is over, and other models have their own', async () => {
    let now = 0
    const server = simulator({ rps: 0, tpm: 1000, now: () => now })
    const base = await listen(server)
    const used = async () => {
      const { tokens } = await stats(server)
      return tokens.prompt + tokens.completion + tokens.reasoning
    }
    let answered = 0
    while ((await exchange(base)).status === 200) answered += 1
    expect(answered).toBeGreaterThan(1)
    const spent = await used()
    const { status, text } = await exchange(base)
    expect(status).toBe(429)
    const [, actual] =
      /^Too many tokens for team .* — Tokens per Minute \(actual\/limit\): (\d+)\/1000\./.exec(
        JSON.parse(text).error,
      ) ?? []
    expect(Number(actual)).toBeGreaterThan(1000)
    expect(Number(actual)).toBeGreaterThan(spent)
    const other = JSON.stringify(chatRequest([item('a', 'Where is my parcel?')], { model: 'grok-4.5' }))
    expect((await exchange(base, { body: other })).status).toBe(200)
    now = 59_999
    expect((await exchange(base)).status).toBe(429)
    now = 60_000
    expect((await exchange(base)).status).toBe(200)
    expect((await stats(server)).faults).toEqual({})
  })

  test('a refused call uses up no fault, and 0 lifts the limit', async () => {
    const server = simulator({ rps: 0, tpm: 1 })
    const base = await listen(server)
    await configure(server, { faults: [{ kind: 'overloaded', next: 1 }] })
    expect((await exchange(base)).status).toBe(429)
    await configure(server, { tpm: 0 })
    expect((await exchange(base)).status).toBe(529)
    expect((await exchange(base)).status).toBe(200)
  })
})

describe('private text', () => {
  const secret = 'Kröger "Jo"\n#4711'
  const withSystem = (content: string) => {
    const request = chatRequest([item('a', 'Hello')])
    return JSON.stringify({ ...request, messages: [{ role: 'system', content }, request.messages[1]] })
  }

  test.each<[string, Parameters<typeof exchange>[1]]>([
    ['a text of a conversation', { body: bodyOf('Hello', `I am ${secret}, where is it?`) }],
    ['the system turn', { body: withSystem(`Judge for ${secret}`) }],
    ['an alias', { body: JSON.stringify(chatRequest([item(secret, 'Hello')])) }],
    ['the name of a key', { body: JSON.stringify({ ...chatRequest([item('a', 'x')]), [secret]: 1 }) }],
    ['an unreadable body', { body: `{"${secret}` }],
    ['a call without a key', { body: bodyOf(secret), headers: { authorization: '' } }],
    ['a call that a fault would hit', { body: bodyOf(`${secret} [sim:hang_before_headers]`) }],
  ])('in %s is refused and counted', async (_where, call) => {
    const { server, base } = await failing()
    await configure(server, { private: ['something else', secret] })
    const { status, text } = await exchange(base, call)
    expect(status).toBe(400)
    expect(JSON.parse(text).error).toBe('simulator: protocol broken: the prompt holds private text')
    expect(await stats(server)).toMatchObject({ leaks: 1, answered: 0, faults: {} })
  })

  test('in a header that begins with x- it counts, in another case or elsewhere it does not', async () => {
    const { server, base } = await failing()
    await configure(server, { private: ['conv-0815'] })
    expect((await exchange(base, { headers: { 'x-grok-conv-id': 'v1/conv-0815' } })).status).toBe(400)
    expect((await exchange(base, { headers: { 'x-grok-conv-id': 'v1/CONV-0815' } })).status).toBe(200)
    expect((await exchange(base, { body: bodyOf('My Conv-0815 is late') })).status).toBe(200)
    const metrics = await server.inject('/metrics')
    expect(metrics.body).toMatch(/^insights_simulator_leaks 1$/m)
    await server.inject({ method: 'POST', url: '/__sim/reset' })
    expect((await stats(server)).leaks).toBe(0)
  })
})
