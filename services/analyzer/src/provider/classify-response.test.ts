import { describe, expect, test } from 'vitest'
import { classifyResponse, parseRetryAfter } from './classify-response.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const classify = (status: number, body = '', headers: Record<string, string> = {}) =>
  classifyResponse({ status, body, headers: new Headers(headers) }, NOW)

describe("what Grok's answers mean", () => {
  test.each([
    [429, 'Too many requests for team 1 and model grok-4.3', 'transient', 'rate_limited'],
    [429, 'Your team has used all available credits or reached its monthly spending limit', 'misconfigured', 'credits'],
    [
      429,
      'Request too large for model x on tokens per min (TPM): Limit 30000, Requested 45000',
      'too_long',
      'too_large',
    ],
    [403, "Your newly created team doesn't have any credits yet", 'misconfigured', 'credits'],
    [500, '', 'transient', 'unavailable'],
    [503, 'The service is currently unavailable', 'transient', 'unavailable'],
    [529, '', 'transient', 'unavailable'],
    [408, '', 'transient', 'unavailable'],
    [400, 'Incorrect API key provided: xa***', 'misconfigured', 'api_key'],
    [401, '', 'misconfigured', 'api_key'],
    [403, 'API key is currently blocked', 'misconfigured', 'api_key'],
    [404, 'The model grok-9 does not exist', 'misconfigured', 'model'],
    [302, '', 'misconfigured', 'redirected'],
    [402, '', 'misconfigured', 'credits'],
    [400, 'Argument not supported: stop', 'refused', 'request'],
    [400, '{"code":"invalid-argument","error":"Invalid request content."}', 'refused', 'request'],
    [405, '', 'refused', 'request'],
    [422, 'Failed to deserialize the JSON body', 'refused', 'request'],
    [403, '<html><title>403 Forbidden</title>You have been blocked</html>', 'refused', 'request'],
    [403, 'You do not have permission to use this model', 'misconfigured', 'api_key'],
    [403, 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO', 'unsafe', 'blocked'],
    [400, "This model's maximum prompt length is 131072", 'too_long', 'context'],
    [400, '{"error":{"code":"content_filter","message":"The response was filtered"}}', 'unsafe', 'blocked'],
    [400, '{"detail":[{"msg":"Invalid","input":"my API key and my credits"}]}', 'refused', 'request'],
    [502, '{"error":{"code":429,"message":"x"}}', 'transient', 'rate_limited'],
    [400, '{"error":{"code":503,"message":"x"}}', 'transient', 'unavailable'],
    [451, "Your input was flagged by the provider's moderation", 'unsafe', 'blocked'],
    [413, '', 'too_long', 'too_large'],
  ])('%i "%s" is %s: %s', (status, body, verdict, reason) => {
    expect(classify(status, body)).toMatchObject({ verdict, reason })
  })

  test.each([
    ['The service is currently unavailable', 'transient', 'unavailable'],
    ['something never seen before', 'transient', 'unavailable'],
    ['Too many requests for team 1', 'transient', 'rate_limited'],
    ['used all available credits', 'misconfigured', 'credits'],
    ['Content violates usage guidelines', 'unsafe', 'blocked'],
    ["This model's maximum prompt length is 131072", 'too_long', 'context'],
  ])('a 200 with the error "%s" is %s: %s', (error, verdict, reason) => {
    expect(classify(200, JSON.stringify({ code: 'x', error }))).toMatchObject({ verdict, reason })
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

  test.each([
    ['Mon, 23 Nov 2026 14:01:00 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:01:00 GMT', 18_030_000],
    ['none', 7_290_000],
  ])('a wait until a time is counted on the clock of the response, not on ours: %s', (date, ms) => {
    const headers = { date, 'retry-after': 'Mon, 23 Nov 2026 14:01:30 GMT' }
    expect(classify(429, '', headers)).toMatchObject({ retryAfterMs: ms })
  })

  test('the wait that was asked for comes with the verdict', () => {
    expect(classify(429, '', { 'retry-after': '90' })).toMatchObject({ verdict: 'transient', retryAfterMs: 90_000 })
  })
})
