import type { Answered, Item } from './ask-batch.ts'

export const item = (score: number, more: { confidence?: number; clusters?: string[] } = {}) => ({
  kind: 'accepted' as const,
  score,
  confidence: 0.8,
  clusters: ['refund'],
  reasoning: 'A reason.',
  ...more,
})
export const missing: Item = { kind: 'missing' }
export const invalid: Item = { kind: 'invalid', reason: 'sentiment_score: too big' }

export function answered(more: Partial<Answered> & Pick<Answered, 'items'>): Answered {
  return {
    kind: 'answered',
    verdict: 'ok',
    reason: 'answered',
    texts: more.items.map((_, i) => `text ${i}`),
    aliases: more.items.map((_, i) => `zz${i}`),
    model: 'grok',
    usage: null,
    seconds: 1,
    ...more,
  }
}

/** An answer that gives these scores. */
export const scores = (...given: (number | null)[]): Answered =>
  answered({ items: given.map((score) => (score === null ? missing : item(score))) })
