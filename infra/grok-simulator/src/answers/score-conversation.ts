import { findTopics } from './find-topics.ts'
import type { Item } from '../requests/read-protocol.ts'
import { scoreMood } from './score-mood.ts'
import type { Language } from './sentiment-words.ts'

export interface Score {
  /** In [-1, 1]. */
  sentiment_score: number
  /** In [0.5, 0.95]. */
  confidence: number
  clusters: string[]
  reasoning: string
}

/** Below it a message shows no mood: to VADER a bare "please" or "okay" is already a little joy. */
const faint = 0.4

const languageNames: Record<Language, string> = {
  en: 'English',
  de: 'German',
  fr: 'French',
  es: 'Spanish',
  pt: 'Portuguese',
  ja: 'Japanese',
}

/**
 * Scores one conversation by word lists. It stands in for a model so that the pipeline can run, and says nothing about
 * how well a model judges: sarcasm and context are lost on it.
 *
 * The mood is that of the customer (an agent's "sorry" and "happy to help" tell nothing), the mean over the messages
 * that show one, the last of them counted twice: how a conversation ends matters more than how it began.
 */
export function scoreConversation(messages: Item['messages']): Score {
  const customers = messages.filter((message) => message.role !== 'agent')
  const voices = (customers.length > 0 ? customers : messages).map((message) => message.text)
  const moods = voices.map(scoreMood)
  const shown = moods.map((mood) => mood.compound).filter((compound) => Math.abs(compound) >= faint)
  const weighed = [...shown, ...shown.slice(-1)]
  const mean = weighed.length === 0 ? 0 : weighed.reduce((sum, compound) => sum + compound, 0) / weighed.length
  const score = Number(mean.toFixed(4))
  const found = findTopics(voices.join('\n'))

  return {
    sentiment_score: score,
    confidence: Number(Math.min(0.95, 0.5 + Math.abs(score) / 2).toFixed(4)),
    clusters: found.topics,
    reasoning: explain(score, Math.min(...shown), Math.max(...shown), moods[0]?.language ?? 'en', found.seen),
  }
}

function explain(score: number, lowest: number, highest: number, language: Language, seen: string[]): string {
  const mood = score > 0.2 ? 'positive' : score < -0.2 ? 'negative' : 'neutral'
  const course = lowest < -0.2 && highest > 0.2 ? ', swinging between both moods' : ''
  const words = seen.length === 0 ? 'no support keyword' : seen.map((word) => `"${word}"`).join(', ')
  return `Word lists read the ${languageNames[language]} customer as ${mood} (${score.toFixed(2)})${course}; saw ${words}.`
}
