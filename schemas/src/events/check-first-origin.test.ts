import { expect, test } from 'vitest'
import { checkFirstOrigin } from './check-first-origin.ts'
import { goodExamples } from './examples.ts'
import { FIRST_ORIGIN, firstOriginHeader } from './headers/first-origin.ts'

const [example] = goodExamples('conversationsReceived')
if (example === undefined) throw new Error('there are no examples')
const decoded = { kind: 'ok', value: example.value } as const
const record = { topic: 't', partition: 0, offset: 9, appendedAt: 2_000, headers: [] }

test('a conversation without the header, or with an origin in it, is taken', () => {
  expect(checkFirstOrigin(record, decoded)).toBe(decoded)
  const headers = [firstOriginHeader({ topic: 't', partition: 0, offset: 1, appended_at: 1_000 })]
  expect(checkFirstOrigin({ ...record, headers }, decoded)).toBe(decoded)
})

test('(I7) the age of a conversation is never guessed: with a header that is no origin it is invalid', () => {
  const headers = [{ name: FIRST_ORIGIN, value: Buffer.from('yesterday') }]
  expect(checkFirstOrigin({ ...record, headers }, decoded)).toMatchObject({
    kind: 'unreadable',
    class: 'invalid',
    retryable: false,
    detail: expect.stringContaining(`the header ${FIRST_ORIGIN} must be`) as string,
    conversationId: example.value.conversation_id,
  })
})

test('what cannot be read at all stays what it is', () => {
  const away = { kind: 'registry_away', detail: 'refused' } as const
  expect(checkFirstOrigin(record, away)).toBe(away)
})
