import { describe, expect, test } from 'vitest'
import { item } from '../requests/chat-request.fixture.ts'
import { scoreConversation } from './score-conversation.ts'
import { scorePlainly } from './score-plainly.ts'

// The strong words that callers put into control items, in every order of a call.
const joyful = [
  'I am absolutely delighted with the service.',
  'Thank you so much, excellent work!',
  'I love it, it is perfect.',
  'Absolutely delighted, thank you so much, excellent and perfect support, I love it!',
]
const angry = [
  'I am furious about this.',
  'This is the worst service I have ever had.',
  'This is unacceptable.',
  'What a terrible experience.',
  'I am furious: terrible, unacceptable, the worst company ever.',
]

describe.each([
  ['plain', scorePlainly],
  ['scored', scoreConversation],
])('items of known polarity, %s', (_mode, score) => {
  test.each(joyful)('%s', (text) => expect(score(item('a', text).messages).sentiment_score).toBeGreaterThan(0.2))
  test.each(angry)('%s', (text) => expect(score(item('a', text).messages).sentiment_score).toBeLessThan(-0.2))
})

describe('scorePlainly', () => {
  test('calm texts are 0, and so is a balance of both moods', () => {
    expect(scorePlainly(item('a', 'Where is my parcel?', 'Order 77, please').messages).sentiment_score).toBe(0)
    expect(scorePlainly(item('a', 'I love the shop', 'but this is terrible').messages).sentiment_score).toBe(0)
  })

  test('the agent has no say, case does not count, and words inside of others do not', () => {
    const messages = [
      { role: 'agent' as const, text: 'I am delighted to help! Excellent! Perfect!' },
      { role: 'customer' as const, text: 'The glove I got is AWFUL.' },
    ]
    expect(scorePlainly(messages).sentiment_score).toBe(-0.7)
  })
})
