import { LRUCache } from 'lru-cache'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'

/**
 * What is needed to publish an insight again for another record of the same conversation. `call_id` names the call that
 * made it; the new one has its own `origin` and times, and no usage: nothing was paid for it.
 */
export type RememberedInsight = Omit<
  InsightProduced,
  'conversation_id' | 'origin' | 'created_at' | 'occurred_at' | 'usage'
>

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
 * are evicted: in a partition when it has `perPartition`, in all of them together when their bytes (estimated from
 * above) exceed `maxBytes`.
 */
export function createInsightMemory({
  perPartition,
  maxBytes,
}: {
  perPartition: number
  maxBytes: number
}): InsightMemory {
  const partitions = new Map<number, LRUCache<string, Entry>>()
  let uses = 0
  let bytes = 0

  function entriesOf(partition: number): LRUCache<string, Entry> {
    const known = partitions.get(partition)
    if (known !== undefined) return known
    const entries = new LRUCache<string, Entry>({ max: perPartition, dispose: (entry) => void (bytes -= entry.bytes) })
    partitions.set(partition, entries)
    return entries
  }

  function removeOldest() {
    // One look at each partition: what it used least recently comes first.
    let oldest: { entries: LRUCache<string, Entry>; usedAt: number } | undefined
    for (const entries of partitions.values()) {
      const [first] = entries.rvalues()
      if (first !== undefined && first.usedAt < (oldest?.usedAt ?? Infinity)) oldest = { entries, usedAt: first.usedAt }
    }
    oldest?.entries.pop()
  }

  return {
    remember: (partition, insight) => {
      partitions.get(partition)?.delete(insight.insight_id)
      const text = JSON.stringify(insight)
      const needed = 2 * text.length + BYTES_PER_INSIGHT
      if (needed > maxBytes || perPartition < 1) return
      for (let excess = bytes + needed - maxBytes; excess > 0; excess = bytes + needed - maxBytes) removeOldest()
      entriesOf(partition).set(insight.insight_id, { text, bytes: needed, usedAt: uses++ })
      bytes += needed
    },
    recall: (partition, insightId) => {
      const entry = partitions.get(partition)?.get(insightId)
      if (entry === undefined) return undefined
      entry.usedAt = uses++
      return JSON.parse(entry.text) as RememberedInsight
    },
    forget: (partition) => {
      partitions.get(partition)?.clear()
      partitions.delete(partition)
    },
    size: () => ({ insights: [...partitions.values()].reduce((sum, entries) => sum + entries.size, 0), bytes }),
  }
}

interface Entry {
  /**
   * The insight as JSON. As objects, texts that were cut from a longer one would keep the whole of it in memory, and
   * their bytes would have to be counted field by field.
   */
  text: string
  bytes: number
  /** Counts uses. */
  usedAt: number
}

/** Besides the text, whose characters take two bytes at most. */
const BYTES_PER_INSIGHT = 250
