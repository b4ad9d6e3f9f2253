import type { PartitionAssigner } from 'kafkajs'
import { stickyAssigner } from './assign-sticky.ts'
import { endsGeneration } from '../classify-error.ts'
import type { Assignment } from './consumer-contract.ts'
import { watchCoordinator } from './watch-coordinator.ts'

/** What a member of a consumer group surely knows of its own membership. */
export interface Membership {
  /** To be given to kafkajs. It tells the group what this member owns and watches what is said to the coordinator. */
  readonly assigner: PartitionAssigner
  /** A join has happened, with what kafkajs says of it. */
  joined(memberId: string, assigned: Readonly<Record<string, number[]>>): Omit<Assignment, 'lease'>
  /** Learned of a rebalance, or left: the generation may be over. */
  interrupted(): void
  /** The broker does not know this member any more. */
  evicted(): void
  /** See the consumer's contract. */
  aliveUntil(): number
}

/**
 * The coordinator counts a session from the last heartbeat that it got, so this member counts it from when it sent the
 * last one that was answered well: it gives its partitions up before another member can have them, also after it was
 * stopped for a minute and does not know yet. From the moment that it asks to join until it has its new partitions it
 * owns nothing.
 */
export function createMembership({
  groupId,
  sessionTimeoutMs,
  monotonic,
}: {
  groupId: string
  sessionTimeoutMs: number
  monotonic: () => number
}): Membership {
  const marginMs = Math.max(MARGIN_MS, sessionTimeoutMs / 20)
  let inForce = false
  let provenAt = -Infinity
  let generation = -1
  let partitionCounts: Record<string, number> = {}
  let owned: Record<string, number[]> = {}
  let lastMemberId: string | undefined

  const interrupted = () => void (inForce = false)
  const sticky = stickyAssigner({ owned: () => ({ generation, partitions: owned }) })

  return {
    interrupted,
    assigner: (config) => {
      watchCoordinator(
        config.cluster,
        {
          onJoining: interrupted,
          onAssigned: ({ generationId, sentAt, userData }) => {
            generation = generationId
            provenAt = sentAt
            partitionCounts = readPartitionCounts(userData)
          },
          onHeartbeat: ({ sentAt, generationId }) => {
            if (generationId === generation) provenAt = Math.max(provenAt, sentAt)
          },
          onHeartbeatFailed: (error) => {
            if (endsGeneration(error)) interrupted()
          },
        },
        { groupId, monotonic },
      )
      return sticky(config)
    },
    joined: (memberId, assigned) => {
      const continued = memberId === lastMemberId
      lastMemberId = memberId
      owned = { ...assigned }
      inForce = true
      const partitions = Object.entries(assigned).flatMap(([topic, ids]) =>
        ids.map((partition) => ({ topic, partition })),
      )
      return { memberId, partitions, continued, partitionCounts }
    },
    evicted: () => {
      inForce = false
      lastMemberId = undefined
    },
    aliveUntil: () => (inForce ? provenAt + sessionTimeoutMs - marginMs : -Infinity),
  }
}

/** For the way of a request to its receiver, after the last look at the lease. */
const MARGIN_MS = 500

/** A leader of an older version says nothing; then the number of partitions is unknown. */
function readPartitionCounts(userData: Buffer): Record<string, number> {
  try {
    const { partitionCounts } = JSON.parse(userData.toString()) as { partitionCounts?: unknown }
    if (typeof partitionCounts !== 'object' || partitionCounts === null) return {}
    return Object.fromEntries(Object.entries(partitionCounts).filter(([, count]) => Number.isSafeInteger(count)))
  } catch {
    return {}
  }
}
