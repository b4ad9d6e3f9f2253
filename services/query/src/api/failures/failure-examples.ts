import type { Failure } from './failure.ts'

/** For the description of the API. */
export const failureExample: Failure = {
  failure_id: '75a23358-dccd-591c-b8b6-a5b9e26c2c89',
  conversation_id: 'ticket-4711',
  class: 'invalid',
  problem: {
    type: 'urn:conversation-insights:problem:invalid',
    title: 'The conversation breaks a rule',
    detail: '/messages/0/text must have at least one character',
  },
  attempts: 0,
  retryable: false,
  failed_at: '2026-11-30T02:12:35.193Z',
  origin: {
    topic: 'conversations.received',
    partition: 3,
    offset: 4711,
    appended_at: '2026-11-30T02:12:34.568Z',
  },
}

export const failureGroupExample = {
  class: 'invalid' as const,
  problem_type: 'urn:conversation-insights:problem:invalid',
  count: 12,
  retryable_count: 0,
  first_failed_at: '2026-11-02T11:40:12.008Z',
  last_failed_at: '2026-11-30T02:12:35.193Z',
}

/** Its record, beside the failure itself. */
export const originalExample = {
  record: { partition: 3, offset: 12, appended_at: '2026-11-30T02:12:35.208Z' },
  original: {
    key: 'dGlja2V0LTQ3MTE=',
    value: null,
    headers: [{ name: 'content-type', value: 'YXBwbGljYXRpb24vdm5kLmNvbmZsdWVudC5hdnJv' }],
    value_reason: 'the bytes are not kept here',
    decoded: null,
    decoded_reason: 'there is no value',
  },
  others: [],
}
