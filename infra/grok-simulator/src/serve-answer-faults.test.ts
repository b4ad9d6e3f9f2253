import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bodyOf, closeSimulators, exchange, failing, send, stats } from './simulator.fixture.ts'
import type { FaultKind } from './faults/fault-kinds.ts'

afterEach(closeSimulators)

const texts = ['I love it, thank you!', 'It is terrible, I am furious', 'Where is my parcel?']
const body = bodyOf(...texts)

/** What comes with this fault, on the second of three conversations where it is about one; and what comes without. */
async function answers(kind: FaultKind) {
  const { server, base } = await failing()
  const good = await exchange(base, { body })
  const marked = bodyOf(texts[0] as string, `${texts[1]} [sim:${kind}]`, texts[2] as string)
  const hit = await exchange(base, { body: marked })
  expect(hit.status).toBe(200)
  expect(hit.headers['content-type']).toMatch(/^application\/json/)
  expect(hit.headers['x-request-id']).toBeTruthy()
  expect((await stats(server)).faults).toEqual({ [kind]: 1 })
  expect(await stats(server)).toMatchObject({ answered: 2, refused: {} })
  return { good: JSON.parse(good.text), hit: JSON.parse(hit.text), text: hit.text }
}

type Envelope = { choices: { message: { content: string } }[] }
const contentOf = (completion: Envelope): string => completion.choices[0]?.message.content ?? ''
const resultsOf = (completion: Envelope): Record<string, unknown>[] => JSON.parse(contentOf(completion)).results

describe('faults of the whole answer', () => {
  test('json_garbage: the content cannot be read, in an envelope that can', async () => {
    const { hit } = await answers('json_garbage')
    expect(() => JSON.parse(contentOf(hit))).toThrow(SyntaxError)
    expect(hit.choices[0].finish_reason).toBe('stop')
  })

  test('fenced_json: the good content, in a fence', async () => {
    const { good, hit } = await answers('fenced_json')
    expect(contentOf(hit)).toBe(`\`\`\`json\n${contentOf(good)}\n\`\`\``)
  })

  test('prose_around_json: the good content, between two sentences', async () => {
    const { good, hit } = await answers('prose_around_json')
    expect(contentOf(hit)).toContain(`:\n\n${contentOf(good)}\n\n`)
    expect(() => JSON.parse(contentOf(hit))).toThrow(SyntaxError)
  })

  test('truncated: ends in the middle of the item, with those before it whole', async () => {
    const { good, hit } = await answers('truncated')
    expect(hit.choices[0].finish_reason).toBe('length')
    const content = contentOf(hit)
    expect(contentOf(good).startsWith(content)).toBe(true)
    const [first] = resultsOf(good)
    expect(content).toContain(`${JSON.stringify(first)},{"conversation_id":"a1"`)
    expect(content).not.toContain('"a2"')
    expect(hit.usage.completion_tokens).toBeLessThan(good.usage.completion_tokens)
  })

  test('length_empty and content_filter: no content, and a finish reason that says why', async () => {
    for (const [kind, reason] of [
      ['length_empty', 'length'],
      ['content_filter', 'content_filter'],
    ] as const) {
      const { hit } = await answers(kind)
      expect(hit.choices[0]).toMatchObject({ finish_reason: reason, message: { content: '', refusal: null } })
      expect(hit.usage.completion_tokens).toBe(0)
    }
  })

  test('refusal: words of refusal in the place of a content', async () => {
    const { hit } = await answers('refusal')
    expect(hit.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: null } })
    expect(hit.choices[0].message.refusal).toMatch(/can't help/)
  })

  test('null_content and empty_choices: an envelope without an answer', async () => {
    expect((await answers('null_content')).hit.choices).toMatchObject([{ message: { content: null, refusal: null } }])
    const { hit, good } = await answers('empty_choices')
    expect(hit.choices).toEqual([])
    expect(Object.keys(hit)).toEqual(Object.keys(good))
  })

  test('without_usage and null_usage: a good answer whose cost is not told, and is counted here', async () => {
    const { good, hit } = await answers('without_usage')
    expect('usage' in hit).toBe(false)
    expect(contentOf(hit)).toBe(contentOf(good))
    const other = await answers('null_usage')
    expect(other.hit.usage).toBeNull()
    expect(contentOf(other.hit)).toBe(contentOf(other.good))
  })

  test('huge_body: 10 MB come in chunks, with the answer at their end', async () => {
    const { good, hit, text } = await answers('huge_body')
    expect(text.length).toBeGreaterThan(10 * 1024 * 1024)
    expect(resultsOf(hit)).toEqual(resultsOf(good))
    const { base } = await failing({ kind: 'huge_body' })
    const { headers } = await exchange(base)
    expect(headers).toMatchObject({ 'transfer-encoding': 'chunked', 'content-type': expect.stringMatching(/json/) })
    expect(headers).not.toHaveProperty('content-length')
  })
})

test('huge_body: a caller that has read enough may leave in the middle', async () => {
  const { server, base } = await failing({ kind: 'huge_body', next: 1 })
  const { head, leave } = send(base)
  const response = await head
  response.on('error', () => {})
  await once(response, 'data')
  leave()
  await vi.waitFor(async () => expect(await stats(server)).toMatchObject({ in_flight: 0, aborted: 1 }))
  expect((await exchange(base)).status).toBe(200)
})

describe('faults of one item', () => {
  test.each<[FaultKind, (hit: Record<string, unknown>[], good: Record<string, unknown>) => void]>([
    ['missing_item', (hit) => expect(hit).toEqual([])],
    ['duplicate_same', (hit, good) => expect(hit).toEqual([good, good])],
    ['duplicate_conflicting', (hit, good) => expect(hit).toEqual([good, { ...good, sentiment_score: 0.5 }])],
    ['duplicate_keys', (hit, good) => expect(hit).toEqual([{ ...good, sentiment_score: 0.5 }])],
    ['score_out_of_range', (hit, good) => expect(hit).toEqual([{ ...good, sentiment_score: 1.7 }])],
    ['score_as_text', (hit, good) => expect(hit).toEqual([{ ...good, sentiment_score: '0.4' }])],
    ['score_infinite', (hit, good) => expect(hit).toEqual([{ ...good, sentiment_score: Infinity }])],
    ['score_null', (hit, good) => expect(hit).toEqual([{ ...good, sentiment_score: null }])],
    ['extra_keys', (hit, good) => expect(hit).toEqual([{ ...good, language: 'en', notes: expect.any(Array) }])],
    [
      'lone_surrogate',
      (hit, good) => expect(hit).toEqual([{ ...good, reasoning: expect.stringMatching(/\ud83d(?![\udc00-\udfff])/) }]),
    ],
  ])('%s: the results of the others are good', async (kind, check) => {
    const { good, hit } = await answers(kind)
    const [first, second, third] = resultsOf(good)
    check(
      resultsOf(hit).filter((result) => result['conversation_id'] === 'a1'),
      second ?? {},
    )
    const others = resultsOf(hit).filter((result) => result['conversation_id'] !== 'a1')
    expect(others).toEqual([first, third])
  })

  test('unknown_id: one result for an id that was not sent', async () => {
    const { good, hit } = await answers('unknown_id')
    const [first, second, third] = resultsOf(good)
    expect(resultsOf(hit)).toEqual([first, { ...second, conversation_id: 'a1-0' }, third])
  })

  test('swapped_ids: two results that are good, each for the other', async () => {
    const { good, hit } = await answers('swapped_ids')
    const [first, second, third] = resultsOf(good)
    expect(resultsOf(hit)).toEqual([first, { ...second, conversation_id: 'a2' }, { ...third, conversation_id: 'a1' }])
  })

  test('swapped_ids: a single item has no other to swap with', async () => {
    const { base } = await failing({ kind: 'swapped_ids' })
    expect(resultsOf(JSON.parse((await exchange(base)).text))).toMatchObject([{ conversation_id: 'a0' }])
  })

  test('what JSON cannot show after parsing is there in the raw text', async () => {
    expect(contentOf((await answers('score_infinite')).hit)).toContain('"sentiment_score":1e999,')
    expect(contentOf((await answers('lone_surrogate')).hit)).toContain('\\ud83d.')
    expect(contentOf((await answers('duplicate_keys')).hit)).toMatch(
      /"a1".*"sentiment_score":-0\.\d+,"sentiment_score":0\.5,/,
    )
    const { hit } = await answers('score_nan')
    expect(contentOf(hit)).toContain('"sentiment_score":NaN,')
    expect(() => JSON.parse(contentOf(hit))).toThrow(SyntaxError)
  })
})

describe('a model that obeys a conversation', () => {
  const scores = (completion: Envelope) => resultsOf(completion).map((result) => result['sentiment_score'])

  test('obey_flip: every score has the opposite sign, those of the neighbours too, and no zero is negative', async () => {
    const { good, hit } = await answers('obey_flip')
    expect(scores(hit)).toEqual(scores(good).map((score) => 0 - Number(score)))
    expect(scores(hit)[2]).toBe(0)
    expect(contentOf(hit)).not.toContain('-0,')
  })

  test('obey_positive and obey_negative: every score is the same, and nothing else changes', async () => {
    for (const [kind, score] of [
      ['obey_positive', 0.9],
      ['obey_negative', -0.9],
    ] as const) {
      const { good, hit } = await answers(kind)
      const expected = resultsOf(good)
      for (const result of expected) result['sentiment_score'] = score
      expect(resultsOf(hit)).toEqual(expected)
    }
  })
})
