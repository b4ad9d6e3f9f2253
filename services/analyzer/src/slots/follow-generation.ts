import type { Assignment } from '@insights/runtime/kafka/consume/consumer'

/** What the group gave to this member in the generation in force. */
export interface Generation {
  partitions: ReadonlySet<number>
  /** As the group's leader told every member. */
  partitionCount: number
  /** Monotonic ms. */
  joinedAt: number
}

/** Knows the generation in force, from its assignment until its lease ends; null while there is none. */
export function followGeneration({ topic, monotonic }: { topic: string; monotonic: () => number }) {
  let generation: Generation | null = null
  return {
    current: () => generation,
    onAssigned: ({ lease, partitions, partitionCounts }: Assignment) => {
      generation = {
        partitions: new Set(partitions.map(({ partition }) => partition)),
        partitionCount: partitionCounts[topic] ?? 0,
        joinedAt: monotonic(),
      }
      lease.signal.addEventListener('abort', () => (generation = null), { once: true })
    },
  }
}
