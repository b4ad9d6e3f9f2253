import type { Answered, Batch, Item } from './ask-batch.ts'
import { calibrationError } from './scores/calibration-error.ts'
import { drawSample, type RandomInt } from './draw-sample.ts'
import { macroF1 } from './scores/macro-f1.ts'
import { mapClusters } from './scores/map-clusters.ts'
import { mean, meanAbsoluteError } from './scores/mean-absolute-error.ts'
import type { Labelled } from './read-conversations.ts'
import { sameMood, signAccuracy } from './scores/sign-accuracy.ts'
import { sumUsage, type UsageSum } from './sum-usage.ts'

export interface Quality {
  /** Conversations in a call. */
  size: number
  conversations: number
  meanAbsoluteError: number | null
  signAccuracy: number | null
  macroF1: number | null
  calibrationError: number | null
  /**
   * Shares of the conversations, 0 … 1; a call that was not believed or not readable leaves all of its conversations
   * missing.
   */
  missing: number
  invalid: number
  /** Share of the given labels that the taxonomy and its synonyms do not know. */
  labelsOutside: number | null
  /** How many calls ended in each verdict. */
  verdicts: Partial<Record<Answered['verdict'], number>>
  usage: UsageSum
  /** From the first call to the last answer, pacing included. */
  seconds: number
  /** Of conversations with this tag. */
  byTag: Record<string, { answered: number; meanAbsoluteError: number | null; signAccuracy: number | null }>
}

/** One conversation, its label and what was said about it. */
export interface Graded {
  conversation: Labelled
  item: Item
}

/** Every conversation asked about once, in batches of `size` drawn at random; the last one may be smaller. */
export async function measureQuality(
  conversations: readonly Labelled[],
  size: number,
  randomInt: RandomInt,
  ask: (batch: Batch) => Promise<Answered>,
  /** Monotonic milliseconds. */
  now: () => number,
): Promise<{ quality: Quality; graded: Graded[] }> {
  const mixed = drawSample(conversations, conversations.length, randomInt)
  const batches = Array.from({ length: Math.ceil(mixed.length / size) }, (_, i) => ({
    conversations: mixed.slice(i * size, (i + 1) * size),
    seed: randomInt(2 ** 31),
  }))
  const started = now()
  const calls = await Promise.all(batches.map(ask))
  const seconds = (now() - started) / 1000
  const graded = batches.flatMap((batch, i) =>
    batch.conversations.map((conversation, j) => ({ conversation, item: calls[i]?.items[j] as Item })),
  )
  return { quality: summarize(size, graded, calls, seconds), graded }
}

function summarize(size: number, graded: readonly Graded[], calls: readonly Answered[], seconds: number): Quality {
  const answered = graded.flatMap(grade)
  const labels = answered.flatMap(({ labels }) => labels)
  const share = (kind: Item['kind']) => mean(graded.map(({ item }) => (item.kind === kind ? 1 : 0))) ?? 0
  const tags = [...new Set(graded.flatMap(({ conversation }) => conversation.tags))].toSorted()
  return {
    size,
    conversations: graded.length,
    meanAbsoluteError: meanAbsoluteError(answered),
    signAccuracy: signAccuracy(answered),
    macroF1: macroF1(answered.map(({ expectedClusters: expected, given }) => ({ expected, given }))),
    calibrationError: calibrationError(answered),
    missing: share('missing'),
    invalid: share('invalid'),
    labelsOutside: labels.length === 0 ? null : answered.flatMap(({ outside }) => outside).length / labels.length,
    verdicts: countBy(calls.map(({ verdict }) => verdict)),
    usage: sumUsage(calls),
    seconds,
    byTag: Object.fromEntries(
      tags.map((tag) => {
        const tagged = answered.filter((answer) => answer.tags.includes(tag))
        return [
          tag,
          { answered: tagged.length, meanAbsoluteError: meanAbsoluteError(tagged), signAccuracy: signAccuracy(tagged) },
        ]
      }),
    ),
  }
}

/** What the metrics look at; empty for a conversation without an accepted result. */
function grade({ conversation, item }: Graded) {
  if (item.kind !== 'accepted') return []
  const { sentiment, clusters: expectedClusters } = conversation.expected
  const { clusters: given, outside } = mapClusters(item.clusters)
  const scored = { expected: sentiment, score: item.score }
  return [
    {
      ...scored,
      expectedClusters,
      given,
      labels: item.clusters,
      outside,
      confidence: item.confidence,
      right: sameMood(scored),
      tags: conversation.tags,
    },
  ]
}

function countBy<K extends string>(keys: readonly K[]): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {}
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return counts
}
