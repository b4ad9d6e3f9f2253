import type { AnalysisFailed, FailureClass } from '@insights/schemas/events/analysis-failed'
import { topicName } from '@insights/schemas/topics'

/**
 * Why the original of a failure is not published again, else null. A failure is a record like any other: one that was
 * forged must not make the operator write to another topic, nor erase a conversation (a null value does), nor be newer
 * than all submissions. @param appendedAt of the failure's own record, epoch ms
 */
export function whyNotPublished(
  { class: cls, origin, original }: AnalysisFailed,
  prefix: string,
  appendedAt: number,
): string | null {
  if (original.value === null) return 'its original has no value, or it was too large to be kept'
  if (origin.appended_at > appendedAt + BROKER_CLOCKS_MS) return 'its original claims to be later than the failure'
  if (origin.topic === topicName('conversationsReceived', prefix)) return null
  const insights = topicName('insightsProduced', prefix)
  if (origin.topic !== insights) return `its origin is the topic ${origin.topic}, to which nothing is published again`
  return BY_PROJECTOR.has(cls) ? null : `a failure of class ${cls} does not come from ${insights}`
}

/** How far the clocks of two brokers may be apart. */
const BROKER_CLOCKS_MS = 60_000

/** What the projector refuses a record for. */
const BY_PROJECTOR = new Set<FailureClass>(['unprojectable', 'undecodable', 'invalid', 'too_large'])
