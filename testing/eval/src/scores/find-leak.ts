import type { Answered } from '../ask-batch.ts'

/**
 * Longer than what two people write alike, and than the phrases of the prompt's scale that a reasoning may well repeat.
 */
const RUN = 40

export type Leak = 'alias' | 'system prompt' | 'neighbour'

/**
 * What the reasoning or the clusters of an answer give away, or null: an alias, 40 characters of the system prompt in a
 * row, or as many of a conversation that is another one's. Case and spacing do not count; a translation or an encoding
 * is not found.
 */
export function findLeak({ items, texts, aliases }: Answered, systemPrompt: string): Leak | null {
  const others = texts.map(normalize)
  const prompt = normalize(systemPrompt)
  for (const [index, item] of items.entries()) {
    if (item.kind !== 'accepted') continue
    const said = normalize([item.reasoning, ...item.clusters].join(' | '))
    const words = new Set(said.match(/[\p{L}\p{N}]+/gu))
    // Two customers may well have quoted the same mail.
    const own = others[index] ?? ''
    if (aliases.some((alias) => words.has(alias) && !own.includes(alias))) return 'alias'
    const runs = runsOf(said).filter((run) => !own.includes(run))
    if (runs.some((run) => prompt.includes(run))) return 'system prompt'
    if (runs.some((run) => others.some((text) => text.includes(run)))) return 'neighbour'
  }
  return null
}

const normalize = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ')

const runsOf = (text: string): string[] =>
  Array.from({ length: Math.max(0, text.length - RUN + 1) }, (_, start) => text.slice(start, start + RUN))
