import { drawBackoffMs } from '@insights/runtime/backoff'
import { pause } from '@insights/runtime/pause'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import { recordBytes, type OutgoingRecord } from '@insights/runtime/kafka/records'

/**
 * Resolves true when the broker has acknowledged every record, false when the publisher was stopped before. It waits
 * for a broker that is away, however long. Small records go as one entry of the queue, large failures each by itself,
 * so that they are not one batch that the topic refuses. A record that the topic does not take is a bug of ours, since
 * every topic takes what is written to it: throws.
 */
export async function publishOutcomes(
  publish: Publisher['publish'],
  records: readonly OutgoingRecord[],
): Promise<boolean> {
  const published = await Promise.all(packTogether(records).map((pack) => publishPack(publish, pack)))
  return published.every(Boolean)
}

/** Far below what a topic takes in a batch, and more than what a call of ten finds. */
const PACK_BYTES = 128 * 1024

function packTogether(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const packs: OutgoingRecord[][] = []
  let left = 0
  for (const record of records) {
    const bytes = recordBytes(record)
    if (bytes > left) {
      packs.push([])
      left = PACK_BYTES
    }
    packs.at(-1)?.push(record)
    left -= bytes
  }
  return packs
}

async function publishPack(publish: Publisher['publish'], pack: OutgoingRecord[]): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const result = await publish(pack)
    if (result.ok) return true
    if (result.reason === 'stopped') return false
    if (result.reason === 'too_large') throw new Error(`${pack[0]?.topic} does not take a record: ${result.detail}`)
    await pause(drawBackoffMs(attempt, Math.random))
  }
}
