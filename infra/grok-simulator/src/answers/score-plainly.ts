import type { Item } from '../requests/read-protocol.ts'
import { scoreConversation, type Score } from './score-conversation.ts'

// Stems where the rest of the word does not matter. Words of calm texts too ("good", "problem") are left out.
const joy =
  'delight|excellent|perfect|love|loving|thank you so much|thanks a lot|amazing|wonderful|fantastic|superb|brilliant'
const anger =
  'furious|worst|unacceptabl|terribl|horribl|awful|angry|outrag|disgust|hate|useless|ridiculous|rip-off|scam'
const clearWords = new RegExp(`\\b(?:(${joy})|${anger})`, 'gi')

/**
 * The cheapest score that still tells clear joy from clear anger, by which kind of word the customer used more often:
 * for load tests, where reading well would be most of the cost, but a caller checks its answers by items of known
 * polarity.
 */
export function scorePlainly(messages: Item['messages']): Score {
  let balance = 0
  for (const { role, text } of messages) {
    if (role === 'agent') continue
    for (const [, joyful] of text.matchAll(clearWords)) balance += joyful === undefined ? -1 : 1
  }
  return balance > 0 ? joyful : balance < 0 ? angry : calm
}

const joyful = plainScore(0.7, 'joy')
const angry = plainScore(-0.7, 'anger')
const calm = plainScore(0, 'neither joy nor anger')

/** What it does not judge is what the word lists say of a conversation without a text. */
function plainScore(score: number, mood: string): Score {
  return {
    ...scoreConversation([]),
    sentiment_score: score,
    confidence: 0.5,
    clusters: ['general'],
    reasoning: `The simulator is set to plain answers: it saw clear words of ${mood}.`,
  }
}
