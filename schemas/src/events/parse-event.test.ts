import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { anyEvent } from './any-event.fixture.ts'
import { ConversationReceived } from './conversation-received.ts'
import { describeFaults } from './describe-faults.ts'
import { parseEvent } from './parse-event.ts'

const messages = { field: 'messages', schema: ConversationReceived.shape.messages }
const parse = (event: unknown) => parseEvent(ConversationReceived, event, messages)
const message = { author_id: null, text: 'x', timestamp: null, inbound: null }
const event = {
  conversation_id: 'c',
  messages: [message],
  metadata: '{}',
  source: 's',
  submission_id: '018f2a54-5c5e-7000-8000-000000000000',
}

const places = (issues: readonly { path: PropertyKey[] }[]) => issues.map(({ path }) => path.join('/')).toSorted()
const outcomeOf = (parsed: ReturnType<typeof parse>) =>
  parsed.ok ? { value: parsed.value } : { faults: places(parsed.issues), isComplete: parsed.isComplete }
const outcomeOfWhole = (value: unknown) => {
  const { data, error } = ConversationReceived.safeParse(value)
  return error === undefined ? { value: data } : { faults: places(error.issues), isComplete: true }
}

test('looked at in slices, an event is good or bad for the same reasons', () => {
  const damage = fc.record({
    count: fc.constantFrom(1, 99, 100, 101, 200, 250),
    empty: fc.array(fc.nat({ max: 300 }), { maxLength: 15 }),
    source: fc.constantFrom('s', ''),
  })
  const property = fc.property(anyEvent.conversationsReceived, damage, (good, { count, empty, source }) => {
    const some = Array.from({ length: count }, (_, i) => ({ ...message, text: empty.includes(i) ? '' : `${i}` }))
    const value = { ...good, messages: some, source }
    expect(outcomeOf(parse(value))).toEqual(outcomeOfWhole(value))
  })
  fc.assert(property, { numRuns: 200 })
})

test('(I8) the looking ends with the slice that brings the faults over a hundred', () => {
  let looked = 0
  const text = z.string().refine(() => {
    looked++
    return false
  }, 'must be something else')
  const list = z.array(z.object({ text }))
  const parsed = parseEvent(
    z.object({ list }),
    { list: Array.from({ length: 100_000 }, () => ({ text: '' })) },
    { field: 'list', schema: list },
  )
  expect(looked).toBe(200)
  expect(parsed).toMatchObject({ ok: false, isComplete: false })
  expect('issues' in parsed && describeFaults(parsed)).toMatch(/^\/list\/0\/text: .*; and more$/)
})

test('a fault far behind has its own place', () => {
  const some = Array.from({ length: 1_000 }, (_, i) => ({ ...message, text: i === 777 ? '' : 'x' }))
  const parsed = parse({ ...event, messages: some })
  expect('issues' in parsed && describeFaults(parsed)).toBe('/messages/777/text: must not be empty')
})

test('what is no list at all is told as ever', () => {
  const parsed = parse({ ...event, messages: 'none' })
  expect('issues' in parsed && describeFaults(parsed)).toMatch(/^\/messages: /)
})
