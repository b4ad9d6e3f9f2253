import fc from 'fast-check'
import { v5 as uuidv5 } from 'uuid'
import { expect, test } from 'vitest'
import { anyEvent } from './any-event.fixture.ts'
import { failureId, insightId } from './ids.ts'

const message = { author_id: 'u1', text: 'Hello', timestamp: 1_767_323_045_000, inbound: true }
const work = { conversation_id: 'c1', messages: [message], prompt_version: '1.0.0-abc', model: 'grok-4.3' }
const origin = { topic: 'conversations.received', partition: 3, offset: 42, appended_at: 1_767_323_045_123 }

test('(I6) the ids of known work never change: an insight stored by an earlier version is found again', () => {
  expect(insightId(work)).toBe('cc1d72cc-f0fb-50aa-96d9-b4bdf6199c56')
  expect(failureId(origin, 'invalid')).toBe('4df01850-01fa-5417-a671-8339bc56eaa1')
})

test("(I6) the order of an object's fields, and what is beside the messages, do not count", () => {
  const { author_id, text, timestamp, inbound } = message
  const again = { ...work, messages: [{ inbound, timestamp, text, author_id }], metadata: '{}', source: 'x' }
  expect(insightId(again)).toBe(insightId(work))
})

test('(I6) every part of the work counts', () => {
  const different = [
    { ...work, conversation_id: 'c2' },
    { ...work, prompt_version: '1.0.1-abc' },
    { ...work, model: 'grok-5' },
    { ...work, messages: [message, message] },
    { ...work, messages: [{ ...message, text: 'Hello ' }] },
    { ...work, messages: [{ ...message, author_id: null }] },
    { ...work, messages: [{ ...message, timestamp: null }] },
    { ...work, messages: [{ ...message, inbound: null }] },
    { ...work, messages: [{ ...message, inbound: false }] },
  ]
  expect(new Set([work, ...different].map(insightId)).size).toBe(different.length + 1)
})

test('(I6) two works share an id only when they are the same work, whatever their texts contain', () => {
  const anyWork = fc
    .tuple(anyEvent.conversationsReceived, fc.string(), fc.string())
    .map(([{ conversation_id, messages }, prompt_version, model]) => ({
      conversation_id,
      messages,
      prompt_version,
      model,
    }))
  const property = fc.property(anyWork, anyWork, (a, b) => {
    expect(insightId(a) === insightId(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
    expect(insightId(structuredClone(a))).toBe(insightId(a))
  })
  fc.assert(property, { numRuns: 100 })
})

test('a failure is told apart by its record and its class; a topic that was created again starts with other failures', () => {
  const all = [
    failureId(origin, 'invalid'),
    failureId(origin, 'undecodable'),
    failureId({ ...origin, topic: 'x' }, 'invalid'),
    failureId({ ...origin, partition: 4 }, 'invalid'),
    failureId({ ...origin, offset: 43 }, 'invalid'),
    failureId({ ...origin, appended_at: origin.appended_at + 1 }, 'invalid'),
  ]
  expect(new Set(all).size).toBe(all.length)
  expect(all.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]/.test(id))).toBe(true)
})

test('the namespaces are what their comments say, so that another program can make the same ids', () => {
  const insights = uuidv5('urn:conversation-insights:insight', uuidv5.URL)
  const hash = 'b98e1fb4f573dca0eecc48053a2a805db4dc23a31fcd4ba2bb800a88a2597c2e'
  expect(uuidv5(JSON.stringify(['c1', hash, '1.0.0-abc', 'grok-4.3']), insights)).toBe(insightId(work))
  const failures = uuidv5('urn:conversation-insights:failure', uuidv5.URL)
  const parts = JSON.stringify([origin.topic, 3, 42, origin.appended_at, 'invalid'])
  expect(uuidv5(parts, failures)).toBe(failureId(origin, 'invalid'))
})
