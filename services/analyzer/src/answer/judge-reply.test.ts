import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Asked } from '../question/asked.ts'
import { readCompletion } from '../provider/read-completion.ts'
import { judgeReply } from './judge-reply.ts'
import type { Canary } from '../question/make-canaries.ts'

const aliases = ['k7f2', 'b3xq', 'zz9d']
const withoutCanaries: Asked = { aliases, canaries: [] }
const canary = (polarity: Canary['polarity']): Canary => ({ polarity, turns: [{ role: 'customer', text: 'x' }] })
const pair: Asked = {
  aliases,
  canaries: [
    { alias: 'good', canary: canary(1) },
    { alias: 'badd', canary: canary(-1) },
  ],
}
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
const judge = (body: string, asked: Asked = withoutCanaries, status = 200) =>
  judgeReply(readCompletion({ status, headers: new Headers(), body }, 0), asked)
const kinds = (body: string, asked?: Asked) => [...judge(body, asked).items.values()].map(({ kind }) => kind)
const one: Asked = { aliases: ['k7f2'], canaries: [] }
const only = (result: unknown) => judge(answer(result), one).items.get('k7f2')

describe('the items of an answer', () => {
  test('good ones of a partly bad answer are kept, only the others are missing or invalid', () => {
    expect(kinds(answer(item('zz9d'), item('k7f2', { sentiment_score: '0.4' })))).toEqual([
      'invalid',
      'missing',
      'accepted',
    ])
  })

  test('(I4) a result for an alias that was not sent counts for no conversation', () => {
    const { items, unknown } = judge(answer(item('evil'), item('K7F2'), item('__proto__'), { a: 1 }, item('zz9d')))
    expect(unknown).toBe(4)
    expect([...items.values()].filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
  })

  test('duplicates that agree count once, duplicates that contradict each other not at all', () => {
    expect(kinds(answer(item('k7f2'), item('k7f2', { reasoning: 'in other words' })), one)).toEqual(['accepted'])
    expect(kinds(answer(item('k7f2'), item('k7f2', { sentiment_score: -1 })), one)).toEqual(['invalid'])
    expect(kinds(answer(item('k7f2', { sentiment_score: -1 }), item('k7f2'), item('k7f2')), one)).toEqual(['invalid'])
  })

  test('a result with a key that comes twice says two things: it is invalid', () => {
    const twice = JSON.stringify(item('k7f2')).replace('{', '{"sentiment_score":-1,')
    const body = completion(`{"results":[${twice},${JSON.stringify(item('b3xq'))}]}`)
    expect(kinds(body)).toEqual(['invalid', 'accepted', 'missing'])
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
  ])('%s is invalid, never corrected', (_name, more) => {
    expect(only(item('k7f2', more))?.kind).toBe('invalid')
  })

  test.each(['1e999', 'NaN'])('a score of %s is invalid and costs no other', (score) => {
    const body = completion(JSON.stringify({ results: [item('k7f2'), item('b3xq')] }).replace('0.5', score))
    expect(kinds(body)).toEqual(['invalid', 'accepted', 'missing'])
  })

  test('clusters are trimmed, lower-cased, deduplicated, at most 10 of at most 48 characters', () => {
    const clusters = [' Refund ', 'REFUND', '', 'late\u200B  delivery', 'x'.repeat(60), ...'abcdefghij']
    const verdict = only(item('k7f2', { clusters }))
    expect(verdict).toMatchObject({
      answer: { clusters: ['refund', 'late delivery', 'x'.repeat(48), ...'abcdefg'] },
    })
  })

  test('the reasoning is bounded, well-formed, and shows everything it holds', () => {
    const verdict = only(item('k7f2', { reasoning: `a\u202Eb\uD800${'c'.repeat(10_000)}` }))
    expect(verdict).toMatchObject({ answer: { reasoning: `ab\uFFFD${'c'.repeat(597)}` } })
  })
})

describe('the verdict on a call', () => {
  test.each([
    ['HTML', '<html>', 'unknown', 'not_a_completion'],
    ['an empty body', '', 'unknown', 'not_a_completion'],
    ['an error with 200', '{"code":"x","error":"y"}', 'transient', 'unavailable'],
    ['no choices', '{"choices":[]}', 'unknown', 'not_a_completion'],
    ['no message', '{"choices":[{}]}', 'transient', 'unavailable'],
    [
      'null content',
      completion(null, { usage: { prompt_tokens: 7 } }, { message: { content: null } }),
      'unknown',
      'no_results',
    ],
    ['prose', completion('Here you are!'), 'unknown', 'no_results'],
    ['JSON cut off before the first result ends', completion('{"results":[{"conv'), 'unknown', 'no_results'],
    ['no usable result', answer(item('k7f2', { sentiment_score: 2 })), 'unknown', 'no_usable_result'],
    ['no result at all', answer(), 'unknown', 'no_usable_result'],
    ['cut off at its length', completion('{"results":[', {}, { finish_reason: 'length' }), 'too_long', 'length'],
    ['nothing but its length', completion('', {}, { finish_reason: 'length' }), 'too_long', 'length'],
    ['a refusal', completion(null, {}, { message: { refusal: 'I cannot' } }), 'unsafe', 'refused'],
    ['a content filter', completion('', {}, { finish_reason: 'content_filter' }), 'unsafe', 'content_filter'],
  ])('%s: nothing is taken from it', (_name, body, verdict, reason) => {
    const judgement = judge(body)
    expect(judgement).toMatchObject({ verdict, reason })
    expect([...judgement.items.values()]).toEqual(aliases.map(() => ({ kind: 'missing' })))
  })

  test.each([
    ['timeout', 'timeout'],
    ['network', 'network'],
  ] as const)('an unanswered call (%s) is transient', (how, reason) => {
    expect(judgeReply({ kind: 'broke', how, detail: 'why' }, pair)).toMatchObject({
      verdict: 'transient',
      reason,
    })
  })

  test('(I4) of a lone conversation the answer is published and not its draft, and neither of two answers', () => {
    const said = (score: number) => JSON.stringify({ results: [item('k7f2', { sentiment_score: score })] })
    const drafted = judge(completion(`<think>${said(0.6)} … no, sarcasm.</think>\n${said(-0.7)}`), one)
    expect(drafted.items.get('k7f2')).toMatchObject({ kind: 'accepted', answer: { sentiment_score: -0.7 } })
    expect(judge(completion(`${said(0.6)}\n${said(-0.7)}`), one).items.get('k7f2')).toEqual({
      kind: 'invalid',
      reason: 'several results that contradict each other',
    })
    expect(kinds(completion(`${said(0.6)}\n${said(0.6)}`), one)).toEqual(['accepted'])
  })

  test('of an answer that was cut off the closed results are taken, in prose or a fence the whole document', () => {
    const whole = JSON.stringify({ results: [item('k7f2'), item('b3xq'), item('zz9d')] })
    const cut = whole.slice(0, -40)
    expect(kinds(completion(cut))).toEqual(['accepted', 'accepted', 'missing'])
    const atLength = judge(completion(cut, {}, { finish_reason: 'length' }))
    expect(atLength).toMatchObject({ verdict: 'too_long', reason: 'length' })
    expect([...atLength.items.values()].map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'missing'])
    expect(judge(completion(`\`\`\`json\n${whole}\n\`\`\``))).toMatchObject({ verdict: 'ok' })
    expect(kinds(completion(`Results {of the day}: ${whole} Anything else?`))).toEqual(Array(3).fill('accepted'))
  })

  test('usage is read where it makes sense and never costs an answer', () => {
    const usage = {
      prompt_tokens: 199,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 163 },
      completion_tokens_details: { reasoning_tokens: 5 },
      cost_in_usd_ticks: 12_345,
    }
    expect(judge(completion({ results: [] }, { usage })).usage).toEqual({
      prompt_tokens: 199,
      cached_tokens: 163,
      completion_tokens: 1,
      reasoning_tokens: 5,
      cost_usd_ticks: 12_345,
    })
    const strange = { prompt_tokens: -1, completion_tokens: 1e12, prompt_tokens_details: 'x' }
    expect(judge(completion({ results: [item('k7f2')] }, { usage: strange }), one)).toMatchObject({
      verdict: 'ok',
      usage: { prompt_tokens: 0, completion_tokens: 0, cached_tokens: 0, cost_usd_ticks: 0 },
    })
    expect(judge(completion({ results: [] }, { usage: null })).usage).toBeNull()
  })
})

describe('(I4) an answer that gets its canaries wrong is not believed', () => {
  const right = [item('good', { sentiment_score: 0.9 }), item('badd', { sentiment_score: -0.8 })]
  const rest = aliases.map((alias) => item(alias))
  const scored = (score: number) => [...aliases, 'good', 'badd'].map((alias) => item(alias, { sentiment_score: score }))
  const flipped = (results: ReturnType<typeof item>[]) =>
    results.map((result) => ({ ...result, sentiment_score: -result.sentiment_score }))

  test('with right ones it is, and they belong to no conversation', () => {
    const judgement = judge(answer(...rest, ...right), pair)
    expect(judgement).toMatchObject({ verdict: 'ok', unknown: 0 })
    expect([...judgement.items.keys()]).toEqual(aliases)
  })

  test.each([
    ['every score has the opposite sign', flipped([...rest, ...right]), 'canary_wrong'],
    ['every score is the best', scored(1), 'canary_wrong'],
    ['every score is 0', scored(0), 'canary_wrong'],
    ['a canary has no result', [...rest, ...right.slice(1)], 'canary_missing'],
    ['the canaries are crossed', [...rest, item('good', { sentiment_score: -0.9 }), item('badd')], 'canary_wrong'],
  ])('%s', (_name, results, reason) => {
    const judgement = judge(answer(...results), pair)
    expect(judgement).toMatchObject({ verdict: 'distrusted', reason })
    expect([...judgement.items.values()].every(({ kind }) => kind === 'missing')).toBe(true)
  })

  test('a canary that is badly written is no attack, and nothing is believed without it', () => {
    const judgement = judge(answer(...rest, right[0], item('badd', { confidence: 7 })), pair)
    expect(judgement).toMatchObject({ verdict: 'unknown', reason: 'canary_invalid' })
    expect([...judgement.items.values()].every(({ kind }) => kind === 'missing')).toBe(true)
  })

  test('one alone does not see that all are set to its sign, unless they are all the same', () => {
    const single: Asked = { aliases, canaries: pair.canaries.slice(0, 1) }
    const all = (score: number, own = score) =>
      judge(
        answer(item('good', { sentiment_score: own }), ...rest.map((r) => ({ ...r, sentiment_score: score }))),
        single,
      )
    expect(all(1)).toMatchObject({ verdict: 'distrusted', reason: 'all_the_same' })
    expect(all(1, 0.9)).toMatchObject({ verdict: 'ok' })
  })

  test('an answer that ends before its canaries is halved, not believed', () => {
    const body = completion({ results: rest }, {}, { finish_reason: 'length' })
    const judgement = judge(body, pair)
    expect(judgement).toMatchObject({ verdict: 'too_long' })
    expect([...judgement.items.values()].every(({ kind }) => kind === 'missing')).toBe(true)
  })
})

describe('(I4) 10,000 hostile answers', () => {
  const score = fc.oneof(fc.double(), fc.constantFrom(0.5, -1, 1.005, 1.7), fc.string())
  const ids = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...aliases, 'good', 'badd') },
    fc.constantFrom('other', '__proto__', 'constructor', 'K7F2', 'k7f2 ', 'k7f2\u0000'),
    fc.anything(),
  )
  const anyItem = fc.record(
    {
      conversation_id: ids,
      reasoning: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
      sentiment_score: score,
      confidence: score,
      clusters: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.anything()),
      extra: fc.anything(),
    },
    { requiredKeys: [] },
  )
  /** Nearly good, so that it gets past the first checks. */
  const goodItem = fc
    .tuple(ids, fc.double({ min: -1, max: 1, noNaN: true }))
    .map(([id, sentiment_score]) => item('x', { sentiment_score, conversation_id: id }))
  const results = fc.array(fc.oneof({ weight: 4, arbitrary: goodItem }, anyItem, fc.anything()))
  const content = results.map((list) => toJson({ results: list }))
  /** Cut, doubled, with a piece of it torn out or something put in between. */
  const damaged = fc
    .tuple(
      content,
      fc.nat(),
      fc.nat(),
      fc.oneof(fc.string(), fc.constantFrom('NaN', '1e999', '"results":[', '}]}', '\\"', '<think>', '</think>')),
    )
    .map(([text, a, b, inserted]) => {
      const [i, j] = [a % (text.length + 1), b % (text.length + 1)]
      return text.slice(0, i) + inserted + text.slice(j)
    })
  const choice = fc.record({
    finish_reason: fc.constantFrom('stop', 'stop', 'length', 'content_filter', null, 'end_turn'),
    refusal: fc.option(fc.string(), { freq: 9 }),
  })
  const completionOf = fc
    .tuple(fc.oneof(content, damaged, fc.string(), fc.json()), choice)
    .map(([text, { finish_reason, refusal }]) =>
      completion(text, {}, { finish_reason, message: { content: text, refusal } }),
    )
  const anyBody = fc.oneof(
    { weight: 8, arbitrary: completionOf },
    fc.anything().map(toJson),
    fc.json(),
    fc.string({ unit: 'binary' }),
  )
  const status = fc.oneof(
    { weight: 9, arbitrary: fc.constant(200) },
    fc.constantFrom(201, 307, 400, 403, 404, 429, 503),
  )

  test('whatever it is, each item has one verdict, and an accepted one carries its own alias', () => {
    fc.assert(
      fc.property(anyBody, status, fc.constantFrom(withoutCanaries, pair, one), (body, code, asked) => {
        const { items, verdict } = judge(body, asked, code)
        expect([...items.keys()]).toEqual(asked.aliases)
        for (const [alias, judged] of items) {
          if (judged.kind !== 'accepted') continue
          expect(['ok', 'too_long']).toContain(verdict)
          expect(judged.answer.conversation_id).toBe(alias)
          expect(Math.abs(judged.answer.sentiment_score)).toBeLessThanOrEqual(1)
          expect(judged.answer.clusters.length).toBeLessThanOrEqual(10)
          expect(judged.answer.reasoning.isWellFormed()).toBe(true)
          expect(JSON.parse(judged.raw ?? JSON.stringify({ conversation_id: alias }))).toMatchObject({
            conversation_id: alias,
          })
        }
      }),
      { numRuns: 10_000 },
    )
  }, 60_000)

  test.each([
    ['as deep as it is long', `{"results":[${'['.repeat(1_000_000)}`],
    ['deep objects', `{"results":[${'{"a":'.repeat(400_000)}`],
    ['one endless string', `{"results":[{"conversation_id":"${'x'.repeat(2_000_000)}`],
    ['nothing but escapes', `{"results":[{"reasoning":"${'\\\\'.repeat(1_000_000)}"}]}`],
    ['half a million results', `{"results":[${'{},'.repeat(500_000)}{}]}`],
    ['half a million results of one', `{"results":[${`${JSON.stringify(item('k7f2'))},`.repeat(15_000)}]}`],
    ['a million braces', '{'.repeat(1_000_000)],
    ['a million pairs of braces', '{}'.repeat(1_000_000)],
    ['a million quotes', '"'.repeat(1_000_000)],
    ['thoughts', '<think>{"results":[</think>'.repeat(75_000)],
  ])('(I8) two megabytes of %s end', (_name, text) => {
    expect(judge(completion(text), pair).items.size).toBe(3)
  })
})

/** What JSON cannot say (cycles, bigints) is not an answer anyway. */
function toJson(content: unknown): string {
  try {
    return JSON.stringify(content) ?? ''
  } catch {
    return ''
  }
}
