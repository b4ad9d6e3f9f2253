import { topicKeywords } from './topic-keywords.ts'

export interface FoundTopics {
  /** Most hits first; `general` when nothing was recognised. */
  topics: string[]
  /** Words from the table that were seen, never the text itself: the caller may print them. */
  seen: string[]
}

const maxTopics = 4
const maxSeen = 3
const japanese = /[\u3040-\u30ff\u4e00-\u9fff]/

const topicOf = new Map(
  Object.entries(topicKeywords).flatMap(([topic, lines]) =>
    lines.flatMap((line) => line.split(', ').map((entry) => [entry, topic] as const)),
  ),
)
// All topics in one pass over a text. Longest first: an alternation takes the first branch that fits, and
// "delete my data" must win over anything shorter.
const entries = [...topicOf.keys()].toSorted((a, b) => b.length - a.length)
const spaced = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${entries
    .filter((e) => !japanese.test(e))
    .map(toPattern)
    .join('|')})`,
  'gu',
)
const unspaced = new RegExp(entries.filter((entry) => japanese.test(entry)).join('|'), 'gu')

/** Names the support topics of a text by its keywords. */
export function findTopics(text: string): FoundTopics {
  const lower = text.toLowerCase()
  const hits = new Map<string, number>()
  const seen = new Set<string>()
  for (const [word] of japanese.test(lower) ? lower.matchAll(unspaced) : lower.matchAll(spaced)) {
    const topic = topicOf.get(word) ?? topicOf.get(`${word}.`)
    if (topic === undefined) continue
    seen.add(word)
    hits.set(topic, (hits.get(topic) ?? 0) + 1)
  }
  if (hits.size === 0) return { topics: ['general'], seen: [] }
  const ranked = [...hits].toSorted(([, a], [, b]) => b - a)
  return { topics: ranked.slice(0, maxTopics).map(([topic]) => topic), seen: [...seen].slice(0, maxSeen) }
}

function toPattern(entry: string): string {
  return entry.endsWith('.') ? `${entry.slice(0, -1)}(?![\\p{L}\\p{N}])` : entry
}
