import { backoffMs, pause } from '@insights/runtime/kafka/backoff'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'

/**
 * Resolves true when the broker has acknowledged every record, false when the publisher was stopped before. It waits for a
 * broker that is away, however long. Each record is an entry of its own, so that large failures are not one batch that the
 * topic refuses. A record that the topic does not take is a bug of ours, since every topic takes what is written to it: throws.
 */
export async function publishOutcomes(
  publish: Publisher['publish'],
  records: readonly OutgoingRecord[],
): Promise<boolean> {
  const published = await Promise.all(records.map((record) => publishOutcome(publish, record)))
  return published.every(Boolean)
}

async function publishOutcome(publish: Publisher['publish'], record: OutgoingRecord): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const result = await publish([record])
    if (result.ok) return true
    if (result.reason === 'stopped') return false
    if (result.reason === 'too_large') throw new Error(`${record.topic} does not take a record: ${result.detail}`)
    await pause(backoffMs(attempt, Math.random))
  }
}
