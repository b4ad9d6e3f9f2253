import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeAnswer } from './judge-answer.ts'

const aliases = ['k7f2', 'b3xq', 'zz9d']
const item = (id: string, more: object = {}) => ({
  conversation_id: id,
  reasoning: 'The customer says thanks.',
  sentiment_score: 0.5,
  confidence: 0.9,
  clusters: ['refund'],
  ...more,
})
const completion = (content: unknown, more: object = {}, choice: object = {}) =>
  JSON.stringify({
    model: 'grok-4.3',
    choices: [
      {
        finish_reason: 'stop',
        message: { role: 'assistant', content: typeof content === 'string' ? content : JSON.stringify(content) },
        ...choice,
      },
    ],
    ...more,
  })
const answer = (...results: unknown[]) => completion({ results })
const kinds = (body: string, sent = aliases) => sent.map((alias) => judgeAnswer(body, sent).items.get(alias)?.kind)
const only = (result: unknown) => judgeAnswer(answer(result), ['k7f2']).items.get('k7f2')

describe('judging an answer', () => {
  test('good items of a partly bad answer are kept, only the others are missing or invalid', () => {
    expect(kinds(answer(item('zz9d'), item('k7f2', { sentiment_score: '0.4' })))).toEqual([
      'invalid',
      'missing',
      'accepted',
    ])
  })

  test('(I4) a result for an alias that was not sent counts for nobody', () => {
    const { items, unknown } = judgeAnswer(
      answer(item('evil'), item('K7F2'), item('__proto__'), { a: 1 }, null),
      aliases,
    )
    expect(unknown).toBe(5)
    expect([...items.values()].every(({ kind }) => kind === 'missing')).toBe(true)
  })

  test('duplicates that agree count once, duplicates that contradict each other not at all', () => {
    expect(kinds(answer(item('k7f2'), item('k7f2', { reasoning: 'in other words' })), ['k7f2'])).toEqual(['accepted'])
    expect(kinds(answer(item('k7f2'), item('k7f2', { sentiment_score: -1 })), ['k7f2'])).toEqual(['invalid'])
    expect(kinds(answer(item('k7f2', { sentiment_score: -1 }), item('k7f2'), item('k7f2')), ['k7f2'])).toEqual([
      'invalid',
    ])
  })

  test.each([
    [1.005, 1],
    [-1.01, -1],
    [-0, 0],
    [0.333, 0.333],
  ])('a score of %d is taken as %d', (given, taken) => {
    expect(only(item('k7f2', { sentiment_score: given }))).toMatchObject({ answer: { sentiment_score: taken } })
  })

  test.each([
    ['a score out of range', { sentiment_score: 1.7 }],
    ['a score as text', { sentiment_score: '0.4' }],
    ['no score', { sentiment_score: null }],
    ['a confidence out of range', { confidence: -0.2 }],
    ['clusters that are no list', { clusters: 'refund' }],
    ['clusters that are no text', { clusters: [1] }],
    ['an empty reasoning', { reasoning: ' ' }],
    ['a field that was not asked for', { score: 1 }],
  ])('%s is invalid, never mended', (_name, more) => {
    expect(only(item('k7f2', more))?.kind).toBe('invalid')
  })

  test('a number that JSON reads as infinite is invalid', () => {
    const body = completion(JSON.stringify({ results: [item('k7f2')] }).replace('0.5', '1e999'))
    expect(judgeAnswer(body, ['k7f2']).items.get('k7f2')?.kind).toBe('invalid')
  })

  test('clusters are trimmed, lower-cased, deduplicated, at most 10 of at most 48 characters', () => {
    const clusters = [' Refund ', 'REFUND', '', 'late\u200B  delivery', 'x'.repeat(60), ...'abcdefghij']
    const verdict = only(item('k7f2', { clusters }))
    expect(verdict).toMatchObject({
      answer: { clusters: ['refund', 'late delivery', 'x'.repeat(48), ...'abcdefg'] },
    })
  })

  test('the reasoning is bounded and shows everything it holds', () => {
    const verdict = only(item('k7f2', { reasoning: `a\u202Eb${'c'.repeat(10_000)}` }))
    expect(verdict).toMatchObject({ answer: { reasoning: `ab${'c'.repeat(598)}` } })
  })

  test.each([
    ['HTML', '<html>', 'unreadable'],
    ['an empty body', '', 'unreadable'],
    ['an error with 200', '{"code":"x","error":"y"}', 'unreadable'],
    ['no choices', '{"choices":[]}', 'unreadable'],
    ['no message', '{"choices":[{}]}', 'unreadable'],
    ['null content', completion(null, {}, { message: { content: null } }), 'unreadable'],
    ['prose', completion('Here you are!'), 'unreadable'],
    ['JSON cut off', completion('{"results":[{"conv'), 'unreadable'],
    ['JSON cut off at its length', completion('{"results":[', {}, { finish_reason: 'length' }), 'too_long'],
    ['a refusal', completion(null, {}, { message: { refusal: 'I cannot' } }), 'refused'],
    ['a content filter', completion('', {}, { finish_reason: 'content_filter' }), 'refused'],
  ])('%s: nothing is taken from it', (_name, body, verdict) => {
    const judgement = judgeAnswer(body, aliases)
    expect(judgement.verdict).toBe(verdict)
    expect([...judgement.items.values()]).toEqual(aliases.map(() => ({ kind: 'missing' })))
  })

  test('usage is read where it makes sense and never costs an answer', () => {
    const usage = {
      prompt_tokens: 199,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 163 },
      completion_tokens_details: { reasoning_tokens: 5 },
      cost_in_usd_ticks: 12_345,
    }
    expect(judgeAnswer(completion({ results: [] }, { usage }), aliases).usage).toEqual({
      prompt_tokens: 199,
      cached_tokens: 163,
      completion_tokens: 1,
      reasoning_tokens: 5,
      cost_usd_ticks: 12_345,
    })
    const strange = { prompt_tokens: -1, completion_tokens: 1e12, prompt_tokens_details: 'x' }
    expect(judgeAnswer(completion({ results: [item('k7f2')] }, { usage: strange }), ['k7f2'])).toMatchObject({
      items: new Map([['k7f2', { kind: 'accepted' }]]),
      usage: { prompt_tokens: 0, completion_tokens: 0, cached_tokens: 0, cost_usd_ticks: 0 },
    })
    expect(judgeAnswer(completion({ results: [] }, { usage: null }), aliases).usage).toBeNull()
  })

  test('(I4) for any answer whatsoever each item has one verdict, and an accepted one is its own', () => {
    const score = fc.oneof(fc.double(), fc.constantFrom(0.5, -1, 1.005, 1.7), fc.string())
    const anyItem = fc.record(
      {
        conversation_id: fc.oneof(fc.constantFrom(...aliases, 'other', '__proto__', 'constructor'), fc.anything()),
        reasoning: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
        sentiment_score: score,
        confidence: score,
        clusters: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.anything()),
        extra: fc.anything(),
      },
      { requiredKeys: [] },
    )
    const results = fc.array(fc.oneof({ weight: 5, arbitrary: anyItem }, fc.anything()))
    const anyBody = fc.oneof(
      { weight: 8, arbitrary: results.map((list) => safeCompletion({ results: list })) },
      fc.anything().map(safeCompletion),
      fc.json(),
      fc.string(),
    )
    fc.assert(
      fc.property(anyBody, (body) => {
        const { items, verdict } = judgeAnswer(body, aliases)
        expect([...items.keys()]).toEqual(aliases)
        for (const [alias, judged] of items) {
          if (judged.kind !== 'accepted') continue
          expect(verdict).toBe('ok')
          expect(judged.answer.conversation_id).toBe(alias)
          expect(Math.abs(judged.answer.sentiment_score)).toBeLessThanOrEqual(1)
          expect(judged.answer.clusters.length).toBeLessThanOrEqual(10)
          expect(judged.answer.reasoning.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** What JSON cannot say (cycles, bigints) is not an answer anyway. */
function safeCompletion(content: unknown): string {
  try {
    return completion(content)
  } catch {
    return ''
  }
}
