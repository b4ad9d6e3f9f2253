import { describe, expect, test } from 'vitest'
import { chatRequest, item } from '../requests/chat-request.fixture.ts'
import { decideAnswer, type Call, type World } from './decide-answer.ts'
import type { FaultKind } from '../faults/fault-kinds.ts'
import { createRateLimiter } from '../limits/limit-rate.ts'
import { scoreConversation } from './score-conversation.ts'
import type { Completion } from './write-answer.ts'

/** A world whose faults hit every call, once given. */
function world({ fault, rps = 0, place = 0 }: { fault?: FaultKind; rps?: number; place?: number } = {}): World {
  return {
    gate: { keys: ['key'], rps, tpm: 0, requests: createRateLimiter(1000), tokens: createRateLimiter(60_000) },
    faults: {
      markers: true,
      draw: () => (fault === undefined ? null : { kind: fault, share: 1 }),
      drawPlace: () => place,
    },
    seePrefix: () => false,
    score: scoreConversation,
    now: 1_790_000_000,
    newId: () => 'id-1',
  }
}

function call(body: unknown, changes: Partial<Call> = {}): Call {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { authorization: 'Bearer key', arrivedAtMs: 0, leaks: false, body: text, ...changes }
}

const items = [item('k7f', 'I love it, thank you!'), item('q2m', 'Terrible. You charged me twice!')]

function decide(changes: Record<string, unknown> = {}) {
  return decideAnswer(call(chatRequest(items, changes)), world()).verdict
}

function answer(changes: Record<string, unknown> = {}) {
  const verdict = decide(changes)
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.body))
  return { ...verdict, body: verdict.body as Completion }
}

describe('decideAnswer', () => {
  test('answers every alias once, with fields in the order of the schema, and never as the model asked', () => {
    const { body, asked } = answer()
    const { results } = JSON.parse(body.choices[0].message.content ?? '') as { results: Record<string, unknown>[] }
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
    expect(decideAnswer(call('{"model"'), world()).verdict).toMatchObject({
      status: 400,
      body: expect.stringMatching(/parse the request body as JSON/),
    })
  })

  test('a field that the protocol does not use breaks it, in a turn as well', () => {
    const reason = (changes: Record<string, unknown>) => expect(decide(changes)).toMatchObject({ status: 400 })
    reason({ user: 'customer-77' })
    reason({ deferred: true })
    reason({ messages: [{ role: 'system', content: 'judge', name: 'author-3' }] })
    expect(decide({ max_completions_tokens: 5 })).toMatchObject({
      status: 400,
      body: { error: 'simulator: protocol broken: it does not send max_completions_tokens' },
    })
  })

  test('an effort that is none at all is 422, a prompt beyond the context of the model 400', () => {
    expect(decide({ reasoning_effort: 'extreme' })).toMatchObject({ status: 422 })
    const text = 'x'.repeat(2_100_000)
    expect(decideAnswer(call(chatRequest([item('a', text)], { model: 'grok-4.5' })), world()).verdict).toMatchObject({
      status: 400,
      body: {
        error: expect.stringMatching(/^This model's maximum prompt length is 500000 but .* contains 525\d{3} tok/),
      },
    })
    expect(decideAnswer(call(chatRequest([item('a', text)])), world()).verdict).toMatchObject({ status: 200 })
  })
})

describe('the conversations of a call', () => {
  const body = JSON.stringify(chatRequest(items, { model: 'grok-4-0709' }))

  test('are known whatever refuses the call: a leak, its key, its rate, a fault, its model', () => {
    const fast = world({ rps: 1 })
    decideAnswer(call(body), fast)
    expect(decideAnswer(call(body, { leaks: true }), world())).toMatchObject({ verdict: { status: 400 }, items })
    expect(decideAnswer(call(body, { authorization: undefined }), world())).toMatchObject({
      verdict: { status: 401 },
      items,
    })
    expect(decideAnswer(call(body), fast)).toMatchObject({ verdict: { status: 429 }, items, hit: null })
    expect(decideAnswer(call(body), world({ fault: 'server_error' }))).toMatchObject({
      verdict: { status: 500 },
      items,
      hit: { fault: 'server_error' },
    })
    expect(decideAnswer(call(body), world())).toMatchObject({ verdict: { status: 404 }, items })
  })

  test('are none when the body cannot be read, and a fault then still has its say', () => {
    expect(decideAnswer(call('{"model"'), world({ fault: 'unavailable' }))).toMatchObject({
      verdict: { status: 503 },
      items: [],
    })
  })

  test('a fault of the answer does not hide that the call is refused, and is not counted', () => {
    expect(decideAnswer(call(body), world({ fault: 'missing_item' }))).toMatchObject({
      verdict: { status: 404 },
      hit: null,
    })
    expect(decideAnswer(call(body), world({ fault: 'reset_in_body' }))).toMatchObject({
      verdict: { status: 404 },
      hit: { fault: 'reset_in_body' },
    })
  })
})

describe('what is carried in vain', () => {
  const three = chatRequest([item('a', 'I love it'), item('b', 'It is terrible'), item('c', 'Where is my parcel?')])
  const spoilt = (fault: FaultKind | undefined, changes: Record<string, unknown> = {}) => {
    const { inVain } = decideAnswer(call({ ...three, ...changes }), world({ ...(fault && { fault }), place: 1 }))
    return [0, 1, 2].filter(inVain)
  }

  test.each<[FaultKind, number[]]>([
    ['missing_item', [1]],
    ['duplicate_same', []],
    ['duplicate_conflicting', [1]],
    ['duplicate_keys', [1]],
    ['unknown_id', [1]],
    ['swapped_ids', [1, 2]],
    ['score_as_text', [1]],
    ['score_infinite', [1]],
    ['score_nan', [0, 1, 2]],
    ['lone_surrogate', [1]],
    ['extra_keys', [1]],
    ['truncated', [1, 2]],
    ['length_empty', [0, 1, 2]],
    ['fenced_json', [0, 1, 2]],
    ['refusal', [0, 1, 2]],
    ['empty_choices', [0, 1, 2]],
    ['null_usage', []],
    ['obey_positive', [0, 1, 2]],
    ['server_error', [0, 1, 2]],
    ['reset_in_body', [0, 1, 2]],
  ])('%s, hitting the second of three: %j', (fault, places) => {
    expect(spoilt(fault)).toEqual(places)
  })

  test('without a fault nothing is, and of an answer cut by max_completion_tokens what is not whole', () => {
    expect(spoilt(undefined)).toEqual([])
    const { verdict } = decideAnswer(call(three), world())
    const content = verdict.kind === 'answered' ? (verdict.body as Completion).choices[0].message.content : null
    const tokens = Math.floor((content?.length ?? 0) / 2 / 4)
    expect(spoilt(undefined, { max_completion_tokens: tokens })).toEqual([1, 2])
  })
})
