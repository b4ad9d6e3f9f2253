import { pickHabits } from './dress-text.ts'
import { english } from './english.ts'
import { fillSlots } from './fill-slots.ts'
import { french } from './french.ts'
import { german } from './german.ts'
import { japanese } from './japanese.ts'
import { topics, type Language, type Mood, type Phrasebook, type Topic } from './phrasebook.ts'
import { portuguese } from './portuguese.ts'
import { dealFrom, seededRandom, type Random } from './seeded-random.ts'
import { spanish } from './spanish.ts'
import { stampTurns, type Channel } from './stamp-turns.ts'
import { writeDialogue } from './write-dialogue.ts'

export interface SampleMessage {
  author_id: string
  text: string
  /** ISO 8601, UTC. */
  timestamp: string
  /** True for the customer. */
  inbound: boolean
}

/** A body for `POST /api/v1/conversations`; `expected` is what a good judge should find, and is not part of the body. */
export interface SampleConversation {
  conversation_id: string
  messages: SampleMessage[]
  metadata: Record<string, string | number | boolean | string[]>
  expected?: { mood: Mood; topics: string[]; language: string }
}

const books: Record<Language, Phrasebook> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
}
const languages = deckOf<Language>({ en: 24, de: 5, fr: 4, es: 4, pt: 2, ja: 1 })
const moods = deckOf<Mood>({ negative: 7, neutral: 5, positive: 5, mixed: 3 })
const channels = deckOf<Channel>({ chat: 6, email: 5, app: 3, phone: 1, social: 1 })

/**
 * Makes support conversations of many topics, moods, lengths and languages. The same seed gives the same conversations,
 * and a larger `count` only adds to them. Languages, moods and topics are dealt from decks, so that every one of them
 * comes in its share also in a small sample.
 */
export function generateConversations({ seed, count }: { seed: number; count: number }): SampleConversation[] {
  const dealing = seededRandom(seed, 0)
  const dealLanguage = dealFrom(languages, dealing)
  const dealMood = dealFrom(moods, dealing)
  const dealTopics = Object.fromEntries(
    Object.entries(books).map(([language, book]) => [language, dealFrom(topicsOf(book), dealing)]),
  ) as Record<Language, () => Topic>

  return Array.from({ length: count }, (_, index) => {
    const language = dealLanguage()
    const cast = { language, mood: dealMood(), topic: dealTopics[language]() }
    return generateOne(seed, index, cast, seededRandom(seed, index + 1))
  })
}

function generateOne(
  seed: number,
  index: number,
  { language, mood, topic }: { language: Language; mood: Mood; topic: Topic },
  random: Random,
): SampleConversation {
  const book = books[language]
  const others = topicsOf(book).filter((other) => other !== topic && other !== 'praise')
  const second = random.chance(0.2) ? random.pick(others) : undefined
  const slots = fillSlots(book, random)
  const channel = random.pick(channels)
  const turns = writeDialogue(
    {
      book,
      topic: phrasesOf(book, topic),
      second: second && phrasesOf(book, second),
      mood,
      turns: pickLength(random),
      slots,
      habits: pickHabits(random),
    },
    random,
  )
  const customer = `cust_${random.between(0x1000, 0xffff).toString(16)}${index.toString(36)}`
  const agents = Array.from({ length: 3 }, () => `agent_${random.between(1, 60)}`)
  const stamps = stampTurns(turns, channel, random)

  return {
    conversation_id: `sample-${seed}-${String(index).padStart(5, '0')}`,
    messages: turns.map(({ by, text }, turn) => ({
      // A long thread changes hands on the way.
      author_id: by === 'customer' ? customer : (agents[Math.floor(turn / 12) % agents.length] as string),
      text,
      timestamp: stamps[turn] as string,
      inbound: by === 'customer',
    })),
    metadata: {
      channel,
      language,
      plan: slots['plan'] ?? '',
      product: slots['product'] ?? '',
      customer_since: random.between(2015, 2026),
      vip: random.chance(0.08),
      tags: random.chance(0.3) ? ['priority'] : [],
    },
    expected: { mood, topics: second ? [topic, second] : [topic], language },
  }
}

/** Turns in a conversation: mostly two to eight, some single letters, a few endless threads. */
function pickLength(random: Random): number {
  const kind = random.next()
  if (kind < 0.1) return 1
  if (kind < 0.88) return random.between(2, 8)
  return kind < 0.97 ? random.between(9, 16) : random.between(17, 40)
}

function topicsOf(book: Phrasebook): Topic[] {
  return topics.filter((topic) => book.topics[topic] !== undefined)
}

function phrasesOf(book: Phrasebook, topic: Topic) {
  const phrases = book.topics[topic]
  if (phrases === undefined) throw new Error(`no phrases for ${topic}`)
  return phrases
}

function deckOf<T extends string>(shares: Record<T, number>): T[] {
  return (Object.entries(shares) as [T, number][]).flatMap(([card, share]) => Array<T>(share).fill(card))
}
