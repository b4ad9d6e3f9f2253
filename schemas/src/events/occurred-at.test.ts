import { expect, test } from 'vitest'
import { occurredAtOf } from './occurred-at.ts'

const submittedAt = Date.parse('2026-03-01T10:00:00Z')
const at = (...times: (string | null)[]) =>
  occurredAtOf(
    times.map((time) => ({ timestamp: time === null ? null : Date.parse(time) })),
    { submittedAt },
  )

test('a conversation took place when its latest message was written, whatever the order of the messages', () => {
  expect(at('2026-02-28T09:00:00Z', '2026-02-28T11:00:00Z', null, '2026-02-28T10:00:00Z')).toBe(
    Date.parse('2026-02-28T11:00:00Z'),
  )
})

test('messages without a time say nothing', () => {
  expect(at(null, null)).toBeNull()
  expect(at('0001-01-01T00:00:00Z')).toBe(Date.parse('0001-01-01T00:00:00Z'))
})

test('one message from the future does not take its conversation out of the windows of today', () => {
  expect(at('2026-02-28T09:00:00Z', '9999-12-31T23:59:59.999Z')).toBe(Date.parse('2026-02-28T09:00:00Z'))
  expect(at('2026-03-02T10:00:00.001Z')).toBeNull()
})

test('a local time that was sent as UTC is no future', () => {
  expect(at('2026-03-02T00:00:00Z')).toBe(Date.parse('2026-03-02T00:00:00Z'))
})
