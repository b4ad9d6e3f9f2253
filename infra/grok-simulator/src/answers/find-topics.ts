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
// Longest first: "delete my data" must win over anything shorter.
const entries = [...topicOf.keys()].toSorted((a, b) => b.length - a.length)
const unspaced = new RegExp(entries.filter((entry) => japanese.test(entry)).join('|'), 'gu')
// By their first two letters: looked up once a word, where one large regular expression would try at every letter.
const spaced = Map.groupBy(
  entries.filter((entry) => !japanese.test(entry)),
  (entry) => entry.slice(0, 2),
)
const words = /[\p{L}\p{N}]+/gu
const inWord = /^[\p{L}\p{N}]/u

/** Names the support topics of a text by its keywords. */
export function findTopics(text: string): FoundTopics {
  const lower = text.toLowerCase()
  const hits = new Map<string, number>()
  const seen = new Set<string>()
  for (const entry of japanese.test(lower) ? findUnspaced(lower) : findSpaced(lower)) {
    const topic = topicOf.get(entry)
    if (topic === undefined) continue
    seen.add(bare(entry))
    hits.set(topic, (hits.get(topic) ?? 0) + 1)
  }
  if (hits.size === 0) return { topics: ['general'], seen: [] }
  const ranked = [...hits].toSorted(([, a], [, b]) => b - a)
  return { topics: ranked.slice(0, maxTopics).map(([topic]) => topic), seen: [...seen].slice(0, maxSeen) }
}

function findUnspaced(lower: string): string[] {
  return lower.match(unspaced) ?? []
}

/** Entries that begin where a word begins, none inside another. */
function findSpaced(lower: string): string[] {
  const found: string[] = []
  let end = 0
  for (const { 0: word, index } of lower.matchAll(words)) {
    if (index < end) continue
    const entry = spaced.get(word.slice(0, 2))?.find((candidate) => standsAt(candidate, lower, index))
    if (entry === undefined) continue
    found.push(entry)
    end = index + bare(entry).length
  }
  return found
}

function standsAt(entry: string, lower: string, index: number): boolean {
  const text = bare(entry)
  if (!lower.startsWith(text, index)) return false
  return text === entry || !inWord.test(lower.slice(index + text.length, index + text.length + 2))
}

/** Without the full stop that marks a whole word. */
function bare(entry: string): string {
  return entry.endsWith('.') ? entry.slice(0, -1) : entry
}
