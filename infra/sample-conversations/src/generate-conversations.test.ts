import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateConversations, type SampleConversation } from './generate-conversations.ts'
import { topics } from './phrasebook.ts'

const seeds = fc.integer({ min: 0, max: 0xffffffff })

function textsOf(conversations: SampleConversation[]): string[] {
  return conversations.flatMap((conversation) => conversation.messages.map((message) => message.text))
}

function shares(conversations: SampleConversation[], of: 'mood' | 'language'): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { expected } of conversations) {
    const key = expected?.[of] ?? 'none'
    counts[key] = (counts[key] ?? 0) + 1 / conversations.length
  }
  return counts
}

describe('generateConversations', () => {
  test('the same seed gives the same conversations, another seed others', () => {
    expect(generateConversations({ seed: 7, count: 50 })).toEqual(generateConversations({ seed: 7, count: 50 }))
    const [one, other] = [7, 8].map((seed) => textsOf(generateConversations({ seed, count: 50 })))
    expect(one).not.toEqual(other)
  })

  test('a larger count only adds', () => {
    const few = generateConversations({ seed: 3, count: 20 })
    expect(generateConversations({ seed: 3, count: 60 }).slice(0, 20)).toEqual(few)
  })

  test('every conversation keeps the contract of ingress, for any seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const conversations = generateConversations({ seed, count: 60 })
        expect(new Set(conversations.map((conversation) => conversation.conversation_id)).size).toBe(60)
        for (const { conversation_id, messages, metadata } of conversations) {
          expect(conversation_id).toMatch(/^[\w-]{1,200}$/)
          expect(messages.length).toBeGreaterThanOrEqual(1)
          expect(messages.length).toBeLessThanOrEqual(40)
          expect(JSON.parse(JSON.stringify(metadata))).toEqual(metadata)
          for (const message of messages) {
            expect(Object.keys(message)).toEqual(['author_id', 'text', 'timestamp', 'inbound'])
            expect(message.author_id).toMatch(/^(cust|agent)_\w+$/)
            expect(message.text.trim()).toBe(message.text)
            expect(message.text.length).toBeGreaterThan(0)
            // No template may show: neither a slot nor a choice left open.
            expect(message.text).not.toMatch(/[{}[\]|]|undefined/)
            expect(new Date(message.timestamp).toISOString()).toBe(message.timestamp)
          }
          const times = messages.map((message) => message.timestamp)
          expect(times.toSorted()).toEqual(times)
          expect(new Set(times).size).toBe(times.length)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('200 conversations cover every topic, mood and language in their shares, for any seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const conversations = generateConversations({ seed, count: 200 })
        const seen = new Set(conversations.flatMap((conversation) => conversation.expected?.topics ?? []))
        expect([...seen].toSorted()).toEqual([...topics].toSorted())
        const moods = shares(conversations, 'mood')
        expect(moods['negative']).toBeCloseTo(0.35)
        expect(moods['neutral']).toBeCloseTo(0.25)
        expect(moods['positive']).toBeCloseTo(0.25)
        expect(moods['mixed']).toBeCloseTo(0.15)
        const languages = shares(conversations, 'language')
        expect(Object.keys(languages).toSorted()).toEqual(['de', 'en', 'es', 'fr', 'ja', 'pt'])
        expect(languages['en']).toBeCloseTo(0.6)
      }),
      { numRuns: 10 },
    )
  })

  test('500 conversations do not look alike: no two are the same, and hardly any begin alike', () => {
    const conversations = generateConversations({ seed: 1, count: 500 })
    const whole = conversations.map((conversation) => textsOf([conversation]).join('\n'))
    expect(new Set(whole).size).toBe(500)
    expect(new Set(conversations.map((conversation) => conversation.messages[0]?.text)).size).toBeGreaterThan(480)
    const texts = textsOf(conversations)
    expect(new Set(texts).size / texts.length).toBeGreaterThan(0.5)
  })

  test('lengths are those of a help desk: mostly two to eight turns, some single letters, a few long threads', () => {
    const lengths = generateConversations({ seed: 1, count: 1000 }).map(({ messages }) => messages.length)
    const share = (low: number, high: number) => lengths.filter((n) => n >= low && n <= high).length / lengths.length
    expect(share(2, 8)).toBeGreaterThan(0.7)
    expect(share(1, 1)).toBeGreaterThan(0.05)
    expect(share(17, 40)).toBeGreaterThan(0.01)
    expect(share(17, 40)).toBeLessThan(0.06)
  })

  test('customers are inbound and agents are not, and a customer speaks first', () => {
    for (const { messages } of generateConversations({ seed: 2, count: 100 })) {
      expect(messages[0]?.inbound).toBe(true)
      for (const message of messages) expect(message.inbound).toBe(message.author_id.startsWith('cust_'))
    }
  })

  test('emoji, shouting and slips of the pen all occur', () => {
    const text = textsOf(generateConversations({ seed: 1, count: 300 })).join('\n')
    expect(text).toMatch(/\p{Extended_Pictographic}/u)
    expect(text).toMatch(/[A-Z]{4,} [A-Z]{3,}[A-Z ]*!!/)
    expect(text).toMatch(/^[^A-Z\n]{40,}$/m)
  })
})
