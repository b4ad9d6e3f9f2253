import { describe, expect, test } from 'vitest'
import { classifyResponse, parseRetryAfter } from './classify-response.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const classify = (status: number, body = '', headers: Record<string, string> = {}) =>
  classifyResponse({ status, body, headers: new Headers(headers) }, NOW)

describe("what Grok's answers mean", () => {
  test.each([
    [429, 'Too many requests for team 1 and model grok-4.3', 'weather', 'rate_limited'],
    [429, 'Your team has used all available credits or reached its monthly spending limit', 'misconfigured', 'credits'],
    [403, "Your newly created team doesn't have any credits yet", 'misconfigured', 'credits'],
    [500, '', 'weather', 'unavailable'],
    [503, 'The service is currently unavailable', 'weather', 'unavailable'],
    [529, '', 'weather', 'unavailable'],
    [408, '', 'weather', 'unavailable'],
    [400, 'Incorrect API key provided: xa***', 'misconfigured', 'api_key'],
    [401, '', 'misconfigured', 'api_key'],
    [403, 'API key is currently blocked', 'misconfigured', 'api_key'],
    [404, 'The model grok-9 does not exist', 'misconfigured', 'model'],
    [302, '', 'misconfigured', 'redirected'],
    [400, 'Argument not supported: stop', 'misconfigured', 'request'],
    [422, 'Failed to deserialize the JSON body', 'misconfigured', 'request'],
    [403, 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO', 'rejected', 'unsafe'],
    [400, "This model's maximum prompt length is 131072", 'rejected', 'too_long'],
    [413, '', 'rejected', 'too_long'],
  ])('%i "%s" is %s: %s', (status, body, kind, reason) => {
    expect(classify(status, body)).toMatchObject({ kind, reason })
  })

  test('a 200 is for the judge, unless it is an outage in disguise', () => {
    expect(classify(200, '{"choices":[]}', { 'x-request-id': 'r1' })).toEqual({
      kind: 'answered',
      body: '{"choices":[]}',
      requestId: 'r1',
    })
    expect(classify(200, '{"code":"The service is currently unavailable","error":"try again"}')).toMatchObject({
      kind: 'weather',
      reason: 'unavailable',
    })
    expect(classify(200, '<html>')).toMatchObject({ kind: 'answered' })
  })

  test.each([
    [{ 'retry-after': '1' }, 1_000],
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Mon, 23 Nov 2026 12:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'Mon, 23 Nov 2099 11:00:00 GMT' }, 86_400_000],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{}, undefined],
  ])('Retry-After %j asks for %s ms', (headers, ms) => {
    const asked = parseRetryAfter(new Headers(headers as Record<string, string>), NOW)
    expect(asked).toBe(ms)
  })

  test('what was asked for travels with the weather', () => {
    expect(classify(429, '', { 'retry-after': '90' })).toMatchObject({ kind: 'weather', retryAfterMs: 90_000 })
  })
})
