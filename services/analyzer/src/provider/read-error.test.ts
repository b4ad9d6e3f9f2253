import { expect, test } from 'vitest'
import { readError } from './read-error.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')

test.each([
  ['xAI', { code: 'invalid-argument', error: 'Incorrect API key' }, null, 'invalid-argument Incorrect API key'],
  [
    'OpenAI',
    { error: { code: 'rate_limit', type: 'requests', message: 'Slow down' } },
    null,
    'rate_limit requests Slow',
  ],
  ['a gateway', { error: { code: 429, message: 'Provider returned error' } }, 429, '429 Provider returned error'],
  ['a gateway, as a text', { error: { code: '503', message: 'busy' } }, 503, '503 busy'],
  [
    'inside a choice',
    { choices: [{ error: { code: 502, message: 'upstream' }, message: { content: '' } }] },
    502,
    'upstream',
  ],
  ['a list of faults', { detail: [{ type: 'missing', msg: 'Field required' }] }, null, 'missing Field required'],
  ['a gateway that hands its provider on', { error: { metadata: { raw: '{"error":{"code":429}}' } } }, 429, '429'],
])('the status and the words of an error of %s are found', (_of, body, status, words) => {
  const said = readError(JSON.stringify(body), NOW)
  expect(said.status).toBe(status)
  expect(said.words).toContain(words)
})

test('plain text is its own words', () => {
  expect(readError('Failed to deserialize', NOW)).toEqual({
    status: null,
    words: 'Failed to deserialize',
    retryAfterMs: undefined,
  })
})

test('what is quoted of the request is not what the error says', () => {
  const input = 'I paid for credits and my API key for the billing page was flagged'
  const said = readError(
    JSON.stringify({ detail: [{ msg: 'Invalid', input: { messages: [{ content: input }] } }], body: input }),
    NOW,
  )
  expect(said.words).toBe('Invalid')
})

test.each([
  [{ error: { message: 'x', metadata: { headers: { 'Retry-After': '12' } } } }, 12_000],
  [{ error: { metadata: { headers: { 'retry-after': 'Mon, 23 Nov 2026 12:01:30 GMT' } } } }, 90_000],
  [{ error: { retry_after_ms: 250 } }, 250],
  [{ retry_after: 3.5 }, 3_500],
  [{ error: { details: [{ '@type': 'RetryInfo', retryDelay: '34s' }] } }, 34_000],
  [{ error: { message: 'Please retry after 26 seconds.' } }, 26_000],
  [{ error: { message: 'Rate limit reached. Please try again in 1m12.5s.' } }, 72_500],
  [{ error: { message: 'Please try again in 800ms.' } }, 800],
  [{ error: { message: 'try again in 2 minutes' } }, 120_000],
  [{ error: { message: 'Please try again in a while, in 5 more places' } }, undefined],
  [{ error: { message: 'x', retry_after: 'soon' } }, undefined],
])('%j asks to wait %s ms', (body, ms) => {
  expect(readError(JSON.stringify(body), NOW).retryAfterMs).toBe(ms)
})

test('(I8) a deep, a wide and a long error are read so far and no farther', () => {
  const deep = `${'{"error":'.repeat(9_000)}"end"${'}'.repeat(9_000)}`
  expect(readError(deep, NOW).words).toBe('')
  const wide = { errors: Array.from({ length: 20_000 }, () => ({ m: 1 })), code: 'late' }
  expect(readError(JSON.stringify(wide), NOW).words).not.toContain('late')
  expect(readError(`"${'retry after '.repeat(100_000)}"`, NOW)).toEqual({
    status: null,
    words: '',
    retryAfterMs: undefined,
  })
  expect(readError(JSON.stringify({ message: 'x'.repeat(50_000) }), NOW).words).toHaveLength(500)
})
