import { drawBackoffMs } from '@insights/runtime/backoff'
import { ABORTED, unlessAborted } from '@insights/runtime/deadline'
import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'

/** What one try came to: a value, or which dependency is away. Any other error is a rejection and ends the process. */
export type Attempt<T> = { ok: true; value: T } | { ok: false; reason: string }

export interface Retries {
  /**
   * Tries until it succeeds. Null when the batch is given up: its lease is lost, or the process stops; then it comes
   * again to the next owner of the partition. Every `attempt` must end by itself, because the group membership is kept
   * meanwhile.
   */
  whileAway<T>(batch: RecordBatch, attempt: () => Promise<Attempt<T>>): Promise<T | null>
  /** Why work is waiting, or null. */
  waiting(): string | null
  /** How long the slowest attempt in hand has run, in ms; each has a deadline, so long means wedged. */
  silentMs(): number
  /** Gives up what is waiting; an attempt that is running may end. */
  stop(): void
}

/**
 * Waiting for Kafka, the registry or the store while holding a batch: capped backoff, one line in the log per reason.
 */
export function createRetries({
  log,
  random,
  monotonicNow,
}: {
  log: Logger
  random: () => number
  /** Ms, from any zero. */
  monotonicNow: () => number
}): Retries {
  const stopped = new AbortController()
  /** By partition, so no more entries than the group has partitions. */
  const reasons = new Map<string, string>()
  const attemptedAt = new Map<string, number>()

  return {
    async whileAway(batch, attempt) {
      const { lease, topic, partition } = batch
      const place = `${topic}/${partition}`
      const givenUp = AbortSignal.any([lease.signal, stopped.signal])
      try {
        for (let failures = 0; !givenUp.aborted; failures++) {
          batch.progress()
          attemptedAt.set(place, monotonicNow())
          // A server that hangs must not hold up the next generation. What runs on is idempotent.
          const outcome = await unlessAborted([lease.signal], attempt())
          attemptedAt.delete(place)
          if (outcome === ABORTED) return null
          if (outcome.ok) return outcome.value
          if (reasons.get(place) !== outcome.reason)
            log.warn({ topic, partition, reason: outcome.reason }, 'waiting, nothing is lost')
          reasons.set(place, outcome.reason)
          await pause(drawBackoffMs(failures, random, { capMs: 5_000 }), givenUp)
        }
        return null
      } finally {
        attemptedAt.delete(place)
        if (reasons.delete(place)) log.info({ topic, partition }, 'no longer waiting')
      }
    },
    waiting: () => reasons.values().next().value ?? null,
    silentMs: () => Math.max(0, ...[...attemptedAt.values()].map((at) => monotonicNow() - at)),
    stop: () => stopped.abort(),
  }
}
