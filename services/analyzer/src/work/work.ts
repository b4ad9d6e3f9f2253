import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import type { SuspicionKind } from '../text/injection/detect-suspicion.ts'
import type { Lane } from './lane.ts'
import type { Turn } from '../text/to-turns.ts'

/** A record from its admission until its outcome is acknowledged. */
export interface InWork {
  /** As it was read: a failure carries its bytes, an insight its headers. */
  record: ConsumedRecord
  owned: OwnedPartition
}

/** A conversation in work. */
export interface Work extends InWork {
  conversationId: string
  insightId: string
  /** Epoch ms; null when no message has a time. */
  occurredAt: number | null
  lane: Lane
  turns: Turn[]
  truncated: boolean
  /** Estimated tokens in the prompt. */
  tokens: number
  /** Monotonic milliseconds at its append, or a little before its admission when that was long ago. */
  waitingSince: number
  /** Why it looks as if it were written to steer the model: then it goes alone. */
  suspicion: SuspicionKind | null
  /** How often an answer's fault was charged to this conversation. */
  attempts: number
  /**
   * How often it was in a call of several that gave no result. That is not charged, until a call about it alone gives
   * none either.
   */
  spoilt: number
  unanswered: Unanswered
  /** Calls that this process had begun when one about it was refused for the first time; null before. */
  refusedSince: number | null
  /** Shares its call only with those of the same group; null: with any that have none. */
  group: string | null
}

/**
 * Calls of a conversation that ended without an answer, or were refused: the provider, the network or the conversation
 * may be the cause.
 */
export interface Unanswered {
  /** With its present batch-mates. */
  together: number
  /** Alone in its call. */
  alone: number
  /** Calls that this process had answered when one stayed unanswered for the first time; null before. */
  answers: number | null
  /** Monotonic milliseconds: it waits until then, whatever else is asked meanwhile. */
  notBefore: number
}
export const NEVER_UNANSWERED: Unanswered = { together: 0, alone: 0, answers: null, notBefore: 0 }

/** The group of one that stays alone in its calls, whatever becomes of them. */
export const ownGroup = ({ record: { partition, offset } }: Pick<InWork, 'record'>): string => `${partition}/${offset}`
