import { describe, expect, test } from 'vitest'
import { readCompletion } from './read-completion.ts'

const read = (body: object, headers: Record<string, string> = {}, status = 200) =>
  readCompletion({ status, headers: new Headers(headers), body: JSON.stringify(body) }, 0)
const choice = (more: object) => ({ choices: [{ finish_reason: 'stop', message: { content: '' }, ...more }] })

describe('an outage that comes as 200 is an outage', () => {
  const failed = { code: 429, message: 'Provider returned error' }
  test.each([
    ['an error in the choice', { ...choice({ finish_reason: 'error', error: failed }), usage: null }, 'rate_limited'],
    ['an error beside null choices', { error: { code: 503, message: 'x' }, choices: null }, 'unavailable'],
    ['an error beside no choices', { error: { message: 'x' }, choices: [] }, 'unavailable'],
    ['an error beside an empty answer', { error: 'busy', ...choice({}) }, 'unavailable'],
    [
      'no reason but `error`',
      choice({ finish_reason: 'error', message: { content: '{"results":[{"con' } }),
      'unavailable',
    ],
    ['an empty answer, usage 0', { ...choice({}), usage: { prompt_tokens: 0, completion_tokens: 0 } }, 'unavailable'],
    ['an empty answer without usage', choice({}), 'unavailable'],
    ['a choice without a message', { choices: [{}] }, 'unavailable'],
    ['a rate limit in words', { error: { type: 'rate_limit_error', message: 'x' } }, 'rate_limited'],
  ])('%s', (_what, body, reason) => {
    expect(read(body)).toMatchObject({ kind: 'refused', asSuccess: true, refusal: { verdict: 'transient', reason } })
  })

  test('its own status decides as one of the response would', () => {
    const refusal = (code: number, message: string) => read({ error: { code, message } })
    expect(refusal(402, 'x')).toMatchObject({ refusal: { reason: 'credits' } })
    expect(refusal(403, 'Your input was flagged')).toMatchObject({ refusal: { verdict: 'unsafe', reason: 'blocked' } })
    expect(refusal(400, 'x')).toMatchObject({ refusal: { verdict: 'refused', reason: 'request' } })
  })

  test('it may ask to wait, in a header or in the error', () => {
    const body = {
      ...choice({ finish_reason: 'error', error: { ...failed, metadata: { headers: { 'retry-after': 7 } } } }),
    }
    expect(read(body)).toMatchObject({ refusal: { retryAfterMs: 7_000 } })
    expect(read(body, { 'retry-after': '2' })).toMatchObject({ refusal: { retryAfterMs: 2_000 } })
  })
})

test.each([
  ['an answer, with a warning beside it', { ...choice({ message: { content: 'hm' } }), error: { code: 429 } }],
  ['an answer without usage', choice({ message: { content: 'hm' } })],
  ['an empty answer that was charged', { ...choice({}), usage: { prompt_tokens: 9, completion_tokens: 0 } }],
  ['nothing but its length', choice({ finish_reason: 'length' })],
  ['a stop by the filter', choice({ finish_reason: 'content_filter' })],
  ['a refusal in words', choice({ message: { content: null, refusal: 'no' } })],
])('%s is no outage', (_what, body) => {
  expect(read(body)).toMatchObject({ kind: 'completed' })
})

test.each([{}, { choices: [] }, { choices: null }, { choices: [7] }, [], 'text'])('%j is no completion', (body) => {
  expect(read(body as object)).toMatchObject({ refusal: { reason: 'not_a_completion' } })
})

test('an error that a gateway hands on keeps its own status and wait', () => {
  expect(read({ error: { code: 429, retry_after: 5 } }, {}, 502)).toMatchObject({
    asSuccess: false,
    refusal: { verdict: 'transient', reason: 'rate_limited', retryAfterMs: 5_000 },
  })
  expect(read({ error: { code: 400 } }, {}, 429)).toMatchObject({ refusal: { reason: 'rate_limited' } })
})
