import { describe, expect, test } from 'vitest'
import { chatRequest, item } from './chat-request.fixture.ts'
import { admitCall, decideAnswer, type Admission, type Call, type World } from './decide-answer.ts'
import { createRateLimiter } from './limit-rate.ts'
import { refusals } from './refusals.ts'
import { scoreConversation } from './score-conversation.ts'

const world: World = { seePrefix: () => false, score: scoreConversation, now: 1_790_000_000, newId: () => 'id-1' }
const within: Admission = { kind: 'within' }
const items = [item('k7f', 'I love it, thank you!'), item('q2m', 'Terrible. You charged me twice!')]

function decide(changes: Record<string, unknown> = {}, admission = within) {
  return decideAnswer({ admission, body: JSON.stringify(chatRequest(items, changes)) }, world).verdict
}

function answer(changes: Record<string, unknown> = {}) {
  const verdict = decide(changes)
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.body))
  return verdict
}

describe('decideAnswer', () => {
  test('answers every alias once, with fields in the order of the schema, and never as the model asked', () => {
    const { body, asked } = answer()
    const { results } = JSON.parse(body.choices[0].message.content) as { results: Record<string, unknown>[] }
    expect(results.map((result) => result['conversation_id'])).toEqual(['k7f', 'q2m'])
    expect(Object.keys(results[0] ?? {})).toEqual([
      'conversation_id',
      'reasoning',
      'sentiment_score',
      'confidence',
      'clusters',
    ])
    expect(results[0]?.['sentiment_score']).toBeGreaterThan(0.2)
    expect(results[1]?.['sentiment_score']).toBeLessThan(-0.2)
    expect(results[1]?.['clusters']).toContain('billing')
    expect(body.model).toBe('simulator')
    expect(body.choices[0].finish_reason).toBe('stop')
    expect(asked).toMatchObject({ model: 'grok-4.3', aliases: ['k7f', 'q2m'] })
  })

  test('max_completion_tokens cuts the visible answer and says so', () => {
    const { body } = answer({ max_completion_tokens: 20 })
    expect(body.choices[0].finish_reason).toBe('length')
    expect(body.choices[0].message.content).toHaveLength(80)
    expect(body.usage.completion_tokens).toBe(20)
  })

  test('reasoning is on top of the visible answer, and costs', () => {
    const [none, high] = [answer({ reasoning_effort: 'none' }), answer({ reasoning_effort: 'high' })]
    expect(none.body.usage.completion_tokens_details.reasoning_tokens).toBe(0)
    expect(high.body.usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(0)
    expect(high.body.usage.cost_in_usd_ticks).toBeGreaterThan(none.body.usage.cost_in_usd_ticks)
  })

  test.each<[string, Record<string, unknown>, number, RegExp]>([
    ['a retired model', { model: 'grok-4-0709' }, 404, /does not exist or your team does not have access/],
    ['stop on a reasoning model', { stop: ['END'] }, 400, /does not support parameter stop/],
    ['a presence penalty on one', { presence_penalty: 0.5 }, 400, /presencePenalty/],
    ['a frequency penalty on one', { frequency_penalty: 0 }, 400, /frequencyPenalty/],
    ['an effort the model lacks', { reasoning_effort: 'xhigh' }, 400, /effort xhigh/],
    [
      'an effort where there is none',
      { model: 'grok-4.20-0309-reasoning', reasoning_effort: 'low' },
      400,
      /reasoningEffort/,
    ],
  ])('%s is refused as xAI does', (_name, changes, status, reason) => {
    expect(decide(changes)).toMatchObject({ kind: 'refused', status, body: { error: expect.stringMatching(reason) } })
  })

  test('what a model accepts is not refused: stop without reasoning, floating names, explicit nulls', () => {
    expect(decide({ model: 'grok-4.20-0309-non-reasoning', stop: 'END' }).kind).toBe('answered')
    expect(decide({ model: 'grok-4.3-latest', stop: null, reasoning_effort: null }).kind).toBe('answered')
  })

  test('fields of the wrong type are 422 in plain text, bytes that are not JSON 400', () => {
    expect(decide({ messages: 'hello' })).toMatchObject({ status: 422, body: expect.stringMatching(/messages/) })
    expect(decide({ stream: true })).toMatchObject({ status: 422, body: expect.stringMatching(/streaming/) })
    expect(decideAnswer({ admission: within, body: '{"model"' }, world).verdict).toMatchObject({
      status: 400,
      body: expect.stringMatching(/parse the request body as JSON/),
    })
  })

  test('a call beyond the rate is 429 in words that name the model and actual/limit', () => {
    expect(decide({}, { kind: 'exceeded', actual: 11, limit: 10 })).toMatchObject({
      status: 429,
      body: {
        code: 'resource-exhausted',
        error: expect.stringMatching(
          /^Too many requests for team \S+ and model grok-4\.3\..*\(actual\/limit\): 11\/10/,
        ),
      },
    })
  })
})

describe('the conversations of a call', () => {
  const body = JSON.stringify(chatRequest(items, { model: 'grok-4-0709' }))
  const refused = (admission: Admission, refuse?: Call['refuse']) => decideAnswer({ admission, refuse, body }, world)

  test('are known whatever refuses the call: its key, its rate, a fault, its model', () => {
    expect(refused(refusals.noKey())).toMatchObject({ verdict: { status: 401 }, items })
    expect(refused({ kind: 'exceeded', actual: 2, limit: 1 })).toMatchObject({ verdict: { status: 429 }, items })
    expect(refused(within, refusals.serverError)).toMatchObject({ verdict: { status: 500 }, items })
    expect(refused(within)).toMatchObject({ verdict: { status: 404 }, items })
  })

  test('are none when the body cannot be read, and a fault then still has its say', () => {
    const call = { admission: within, refuse: refusals.unavailable, body: '{"model"' }
    expect(decideAnswer(call, world)).toMatchObject({ verdict: { status: 503 }, items: [] })
  })
})

describe('admitCall', () => {
  const gate = { keys: ['good', 'other'], rps: 1, limit: createRateLimiter() }
  const admit = (authorization: string | undefined) => admitCall({ authorization, arrivedAtMs: 0 }, gate)

  test('no key is 401, a wrong one 400, and neither uses up the limit of a good one', () => {
    expect(admit(undefined)).toMatchObject({ status: 401, body: { code: 'unauthenticated:no-credentials' } })
    expect(admit('Basic Z29vZA==')).toMatchObject({ status: 401 })
    expect(admit('Bearer bad')).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^Incorrect API key/) },
    })
    expect(admit('Bearer good')).toEqual({ kind: 'within' })
    expect(admit('Bearer good')).toMatchObject({ kind: 'exceeded' })
    expect(admit('Bearer other')).toEqual({ kind: 'within' })
  })
})
