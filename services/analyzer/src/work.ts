import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { OwnedPartition } from './own-partitions.ts'
import type { Lane } from './recognise-lane.ts'
import type { Turn } from './to-turns.ts'

/** A record from its admission until its outcome is acknowledged. */
export interface InWork {
  /** As it was read: a failure carries its bytes, an insight its headers. */
  record: ConsumedRecord
  owned: OwnedPartition
}

/** A conversation on its way through the analyzer. */
export interface Work extends InWork {
  conversationId: string
  insightId: string
  lane: Lane
  turns: Turn[]
  truncated: boolean
  /** Estimated tokens in the prompt. */
  tokens: number
  /** Monotonic milliseconds at admission. */
  waitingSince: number
  /** How often an answer's fault was charged to this conversation. */
  attempts: number
  /** How often it was in a call whose whole answer could not be read. That charges nobody: one of the others may be why. */
  unread: number
  /** Most conversations that its call may have; halved until the one that spoils answers stands alone. */
  share: number
}
