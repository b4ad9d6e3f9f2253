import { expect, test } from 'vitest'
import { checkKey, keyText } from './check-key.ts'
import { goodExamples } from './examples.ts'

const [example] = goodExamples('conversationsReceived')
if (example === undefined) throw new Error('there are no examples')
const { value } = example
const decoded = { kind: 'ok', value } as const

test('a conversation under its own id is taken', () => {
  expect(checkKey(Buffer.from(value.conversation_id), decoded)).toBe(decoded)
})

test.each([
  ['none', null, 'the key is null and must be the conversation_id, '],
  ['an empty one', Buffer.alloc(0), 'the key is "" and'],
  ['that of another conversation', Buffer.from('ticket-1'), 'the key is "ticket-1" and'],
  ['the id and a byte that is no UTF-8', Buffer.from(`${value.conversation_id}\xff`, 'latin1'), '(not UTF-8) and'],
  ['a megabyte', Buffer.alloc(1_000_000, 'k'), '… (1000000 bytes) and'],
])('a conversation under another key is invalid, with a sentence: %s', (_, key, detail) => {
  const checked = checkKey(key, decoded)
  expect(checked).toMatchObject({
    kind: 'unreadable',
    class: 'invalid',
    retryable: false,
    conversationId: value.conversation_id,
    detail: expect.stringContaining(detail) as string,
  })
  expect(checked.kind === 'unreadable' && checked.detail.length).toBeLessThan(1_000)
})

test('an id that holds the replacement character is not the key of other bytes (two ids became one)', () => {
  const replaced = { kind: 'ok', value: { ...value, conversation_id: 'a\uFFFD' } } as const
  expect(checkKey(Buffer.from('a\uFFFD'), replaced)).toBe(replaced)
  expect(checkKey(Buffer.from([0x61, 0xff]), replaced)).toHaveProperty('class', 'invalid')
  expect(keyText(Buffer.from([0x61, 0xff]))).toBeNull()
})

test('what cannot be read at all stays what it is', () => {
  const away = { kind: 'registry_away', detail: 'refused' } as const
  expect(checkKey(null, away)).toBe(away)
})
