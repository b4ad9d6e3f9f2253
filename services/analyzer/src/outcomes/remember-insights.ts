import type { InsightProduced } from '@insights/schemas/events/insight-produced'

/**
 * What is needed to publish an insight again for another record of the same conversation. `call_id` names the call that
 * made it; the new one has its own `origin` and `created_at`, and no usage: nothing was paid for it.
 */
export type RememberedInsight = Omit<InsightProduced, 'conversation_id' | 'origin' | 'created_at' | 'usage'>

export interface InsightMemory {
  remember(partition: number, insight: RememberedInsight): void
  recall(partition: number, insightId: string): RememberedInsight | undefined
  /** Another member owns the partition: what it holds will not be asked for here. */
  forget(partition: number): void
  size(): { insights: number; bytes: number }
}

/**
 * Insights made lately, so that an identical conversation that is posted again is answered without a call. An insight
 * id names conversation, messages, prompt and model, so what is found under it is the answer. The least recently used
 * make room: in a partition when it has `perPartition`, in all of them together when their bytes (estimated from above)
 * exceed `maxBytes`.
 */
export function createInsightMemory({
  perPartition,
  maxBytes,
}: {
  perPartition: number
  maxBytes: number
}): InsightMemory {
  const partitions = new Map<number, Map<string, Entry>>() // entries in the order of their last use
  let uses = 0
  let bytes = 0

  function remove(partition: number, insightId: string) {
    const entries = partitions.get(partition)
    const entry = entries?.get(insightId)
    if (entries === undefined || entry === undefined) return
    entries.delete(insightId)
    bytes -= entry.bytes
    if (entries.size === 0) partitions.delete(partition)
  }

  function removeOldest() {
    // One look at each partition: their first entries are their oldest.
    let oldest: { partition: number; entry: Entry } | undefined
    for (const [partition, entries] of partitions) {
      const [entry] = entries.values()
      if (entry !== undefined && (oldest === undefined || entry.usedAt < oldest.entry.usedAt))
        oldest = { partition, entry }
    }
    if (oldest !== undefined) remove(oldest.partition, oldest.entry.insight.insight_id)
  }

  return {
    remember: (partition, insight) => {
      remove(partition, insight.insight_id)
      const needed = estimateBytes(insight)
      if (needed > maxBytes || perPartition < 1) return
      for (let excess = bytes + needed - maxBytes; excess > 0; excess = bytes + needed - maxBytes) removeOldest()
      const [first] = partitions.get(partition)?.keys() ?? []
      if (first !== undefined && partitions.get(partition)?.size === perPartition) remove(partition, first)
      const entries = partitions.get(partition) ?? new Map<string, Entry>()
      const entry = { insight: copyOf(insight), bytes: needed, usedAt: uses++ }
      partitions.set(partition, entries.set(insight.insight_id, entry))
      bytes += needed
    },
    recall: (partition, insightId) => {
      const entries = partitions.get(partition)
      const entry = entries?.get(insightId)
      if (entries === undefined || entry === undefined) return undefined
      entry.usedAt = uses++
      entries.delete(insightId)
      entries.set(insightId, entry)
      return entry.insight
    },
    forget: (partition) => {
      for (const entry of partitions.get(partition)?.values() ?? []) bytes -= entry.bytes
      partitions.delete(partition)
    },
    size: () => ({ insights: [...partitions.values()].reduce((sum, entries) => sum + entries.size, 0), bytes }),
  }
}

interface Entry {
  insight: RememberedInsight
  bytes: number
  /** Counts uses. */
  usedAt: number
}

/**
 * A text that was cut from a longer one would keep the whole of it in memory, so those that may have been are copied.
 */
function copyOf(insight: RememberedInsight): RememberedInsight {
  const made = (text: string) => Buffer.from(text).toString()
  return { ...insight, reasoning: made(insight.reasoning), clusters: insight.clusters.map(made) }
}

/** Two bytes a character, and as much for objects and maps as was found to be enough. */
function estimateBytes({ insight_id, reasoning, clusters, model, prompt_version, call_id, raw }: RememberedInsight) {
  const texts = [insight_id, reasoning, model, prompt_version, call_id, raw ?? '', ...clusters]
  return texts.reduce((sum, text) => sum + 2 * text.length + BYTES_PER_TEXT, BYTES_PER_INSIGHT)
}

const BYTES_PER_TEXT = 24
const BYTES_PER_INSIGHT = 400
