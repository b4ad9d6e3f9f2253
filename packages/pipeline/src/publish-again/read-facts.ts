import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { keyText } from '@insights/schemas/events/check-key'
import { learn, nothingKnown, type Fact, type Facts } from './facts.ts'
import type { ReadTopic } from './open-topics.ts'
import { BROKER_CLOCKS_MS, readFact, type FactReader } from './read-fact.ts'

/**
 * What the topics hold of the conversations in `ids`, each read once up to its present end. Records of other
 * conversations are not decoded. @param since epoch ms: no submission that it is about is older
 */
export async function readFacts({
  ids,
  since,
  topics,
  read,
  onRecord,
  ...reader
}: FactReader & {
  ids: ReadonlySet<string>
  since: number
  topics: readonly (keyof typeof readFact)[]
  read: ReadTopic
  /** Is told of each record, of whatever conversation. */
  onRecord?: (topic: keyof typeof readFact, record: ConsumedRecord) => void
}): Promise<Map<string, Facts>> {
  const found = new Map<string, Facts>()
  const texts = new Map<string, string>()
  if (ids.size === 0 && onRecord === undefined) return found
  for (const topic of topics)
    // What is newer than a submission, answers it or erases it was appended later.
    await read(topic, { since: since - BROKER_CLOCKS_MS }, async (records) => {
      for (const record of records) {
        onRecord?.(topic, record)
        const id = keyText(record.key)
        if (id === null || !ids.has(id)) continue
        const fact = await readFact[topic](record, reader)
        if (fact !== null) found.set(id, learn(found.get(id) ?? nothingKnown, shareTexts(fact, texts)))
      }
    })
  return found
}

/** Topics and prompt versions are few; as decoded, each record has a text of its own. */
function shareTexts(fact: Fact, texts: Map<string, string>): Fact {
  const shared = (text: string): string => {
    const known = texts.get(text)
    if (known === undefined && texts.size < MOST_SHARED) texts.set(text, text)
    return known ?? text
  }
  switch (fact.kind) {
    case 'erasure':
      return fact
    case 'submission':
      return { ...fact, origin: { ...fact.origin, topic: shared(fact.origin.topic) } }
    case 'answer': {
      const { origin, promptVersion } = fact.answer
      const texts = { origin: { ...origin, topic: shared(origin.topic) }, promptVersion: shared(promptVersion) }
      return { ...fact, answer: { ...fact.answer, ...texts } }
    }
  }
}

const MOST_SHARED = 1_000
