import fc from 'fast-check'
import { validate, version } from 'uuid'
import { expect, test } from 'vitest'
import { conversationIdFrom, deriveConversationId, deriveSubmissionId } from './derive-conversation-id.ts'

test('the id of a key never changes from one release to the next, or retries across it would be new conversations', () => {
  expect(deriveConversationId('order-7', null)).toBe('conv_afe8eb8944dd84509295c48ddf656fe0')
  expect(deriveConversationId('order-7', 'shop')).toBe('conv_cb98f87283108ee68c432c487977399d')
})

test('conv_ and the 32 digits of a UUID', () => {
  expect(conversationIdFrom('0198f2d0-0000-7000-8000-000000000001')).toBe('conv_0198f2d0000070008000000000000001')
})

test('a derived submission id is a UUID, as events must have', () => {
  const id = deriveSubmissionId('k', null, { messages: [] })
  expect(validate(id)).toBe(true)
  expect(version(id)).toBe(8)
})

test('equal exactly when key and owner are', () => {
  const name = fc.option(fc.string({ maxLength: 3 }))
  const key = fc.string({ maxLength: 3 })
  fc.assert(
    fc.property(key, name, key, name, (keyA, ownerA, keyB, ownerB) => {
      const same = keyA === keyB && ownerA === ownerB
      expect(deriveConversationId(keyA, ownerA) === deriveConversationId(keyB, ownerB)).toBe(same)
      expect(deriveConversationId(keyA, ownerA)).toMatch(/^conv_[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    }),
  )
})
