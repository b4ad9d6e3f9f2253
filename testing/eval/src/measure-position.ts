import type { Answered, Batch } from './ask-batch.ts'
import { drawSample, type RandomInt } from './draw-sample.ts'
import { positionEffect, type Placed, type PositionEffect } from './scores/position-spread.ts'
import type { Labelled } from './read-conversations.ts'
import { sumUsage, type UsageSum } from './sum-usage.ts'

export interface PositionFigures extends PositionEffect {
  /** Conversations in a call. */
  size: number
  /** Conversations that were moved from place to place. */
  conversations: number
  usage: UsageSum
}

/**
 * Some conversations, each at every place of the same call: same aliases, same neighbours in the same order, so that
 * nothing but the place differs. At the first place it is asked twice, which tells how much answers differ anyway.
 */
export async function measurePosition(
  conversations: readonly Labelled[],
  { size, moved, canaries }: { size: number; moved: number; canaries: number },
  randomInt: RandomInt,
  ask: (batch: Batch) => Promise<Answered>,
): Promise<{ figures: PositionFigures; placed: (Placed & { id: string })[] }> {
  const plans = drawSample(conversations, moved, randomInt).map((conversation) => {
    const others = conversations.filter(({ id }) => id !== conversation.id)
    return { conversation, neighbours: drawSample(others, size - 1, randomInt), seed: randomInt(2 ** 31) }
  })
  const places = Array.from({ length: size + canaries }, (_, place) => place)
  const asked = await Promise.all(
    plans.map(async ({ conversation, neighbours, seed }) => {
      const batch = { conversations: [conversation, ...neighbours], seed }
      const answers = await Promise.all([...places, 0].map((place) => ask({ ...batch, place })))
      const scores = answers.map(({ items: [item] }) => (item?.kind === 'accepted' ? item.score : null))
      return { id: conversation.id, answers, scores: scores.slice(0, places.length), again: scores.at(-1) ?? null }
    }),
  )
  const placed = asked.map(({ id, scores, again }) => ({ id, scores, again }))
  const usage = sumUsage(asked.flatMap(({ answers }) => answers))
  return { figures: { size, conversations: placed.length, ...positionEffect(placed), usage }, placed }
}
