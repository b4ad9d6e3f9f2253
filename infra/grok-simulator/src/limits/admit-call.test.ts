import { describe, expect, test } from 'vitest'
import { admitCall, type Gate } from './admit-call.ts'
import { createRateLimiter } from './limit-rate.ts'

const good = 'Bearer good'

function gate(limits: Partial<Pick<Gate, 'rps' | 'tpm'>>): Gate {
  const windows = { requests: createRateLimiter(1000), tokens: createRateLimiter(60_000) }
  return { keys: ['good', 'other'], rps: 0, tpm: 0, ...windows, ...limits }
}

function admitter(at: Gate) {
  return ({ authorization = good as string | undefined, arrivedAtMs = 0, model = 'grok-4.3', promptTokens = 0 } = {}) =>
    admitCall({ authorization, arrivedAtMs, model, promptTokens }, at)
}

const kindOf = (admission: { kind: string }) => admission.kind

describe('the key', () => {
  test('none is 401, a wrong one 400, and neither uses up the limit of a good one', () => {
    const at = gate({ rps: 1 })
    const admit = admitter(at)
    expect(
      admitCall({ authorization: undefined, arrivedAtMs: 0, model: 'grok-4.3', promptTokens: 0 }, at),
    ).toMatchObject({ status: 401, body: { code: 'unauthenticated:no-credentials' } })
    expect(admit({ authorization: 'Basic Z29vZA==' })).toMatchObject({ status: 401 })
    expect(admit({ authorization: 'Bearer bad' })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^Incorrect API key/) },
    })
    expect(kindOf(admit())).toBe('admitted')
    expect(admit()).toMatchObject({ status: 429 })
    expect(kindOf(admit({ authorization: 'Bearer other' }))).toBe('admitted')
  })
})

describe('requests per second', () => {
  test('are counted for each model, a floating name as the model it stands for, unknown names together', () => {
    const admit = admitter(gate({ rps: 1 }))
    expect(kindOf(admit({ model: 'grok-4.3' }))).toBe('admitted')
    expect(kindOf(admit({ model: 'grok-4.5' }))).toBe('admitted')
    expect(admit({ model: 'grok-4.3-latest' })).toMatchObject({
      status: 429,
      body: {
        code: 'resource-exhausted',
        error: expect.stringMatching(
          /^Too many requests for team \S+ and model grok-4\.3-latest\..*Requests per Second \(actual\/limit\): 2\/1/,
        ),
      },
    })
    expect(kindOf(admit({ model: 'grok-one' }))).toBe('admitted')
    expect(kindOf(admit({ model: 'grok-two' }))).toBe('refused')
    expect(kindOf(admit({ arrivedAtMs: 1000 }))).toBe('admitted')
  })
})

describe('tokens per minute', () => {
  test('a call needs as many tokens as its prompt has, is charged for all, and what is refused is charged nothing', () => {
    const admit = admitter(gate({ tpm: 1000, rps: 2 }))
    const first = admit({ promptTokens: 300 })
    if (first.kind === 'admitted') first.charge(700)
    expect(admit({ arrivedAtMs: 10_000, promptTokens: 301 })).toMatchObject({
      status: 429,
      body: {
        code: 'resource-exhausted',
        error: expect.stringMatching(/^Too many tokens for team .*Tokens per Minute \(actual\/limit\): 1001\/1000/),
      },
    })
    expect(kindOf(admit({ arrivedAtMs: 10_000, promptTokens: 300 }))).toBe('admitted')
    expect(kindOf(admit({ arrivedAtMs: 10_000, promptTokens: 300, model: 'grok-4.5' }))).toBe('admitted')
    expect(kindOf(admit({ arrivedAtMs: 10_000, promptTokens: 300, authorization: 'Bearer other' }))).toBe('admitted')
    expect(kindOf(admit({ arrivedAtMs: 60_000, promptTokens: 1000 }))).toBe('admitted')
  })

  test('0 is no limit', () => {
    const admit = admitter(gate({}))
    for (let i = 0; i < 100; i++) expect(kindOf(admit({ promptTokens: 1e9 }))).toBe('admitted')
  })
})
