import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import { createOwnedPartition, type OwnedPartition } from '../partitions/owned-partition.ts'
import { NEVER_UNANSWERED, type Work } from './work.ts'

export function lease(epoch = 1): Lease & { lose(): void } {
  const controller = new AbortController()
  return { epoch, signal: controller.signal, lose: () => controller.abort() }
}

/** A partition that is ours until `lose`; its reading begins at `from`. */
export const owned = (partition = 0, from: number | null = 0): OwnedPartition =>
  createOwnedPartition({ topic: 'conversations.received', partition, offset: from, metadata: null })

export function record(offset: number, more: Partial<ConsumedRecord> = {}): ConsumedRecord {
  const key = Buffer.from(`c${offset}`)
  return {
    topic: 'conversations.received',
    partition: 0,
    offset,
    appendedAt: 0,
    key,
    value: Buffer.from('x'),
    headers: [],
    ...more,
  }
}

const ours = owned()

export function work(offset: number, more: Partial<Work> = {}): Work {
  const from = more.owned ?? ours
  return {
    record: record(offset, { partition: from.partition }),
    owned: from,
    lane: 'live',
    conversationId: `c${offset}`,
    insightId: `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`,
    occurredAt: null,
    turns: [{ role: 'customer', text: `text ${offset}` }],
    truncated: false,
    tokens: 10,
    waitingSince: 0,
    attempts: 0,
    suspicion: null,
    spoilt: 0,
    unanswered: NEVER_UNANSWERED,
    refusedSince: null,
    group: null,
    ...more,
  }
}

export const offsets = (works: readonly Work[]): number[] => works.map(({ record: { offset } }) => offset)
