import { AssignerProtocol, type GroupMember, type PartitionAssigner } from 'kafkajs'
import * as z from 'zod'

/** What a member of the group owns, and the generation in which it got it (-1: never was in one). */
export interface Holding {
  generation: number
  partitions: Readonly<Record<string, readonly number[]>>
}

/** A holding as the group's leader sees it. */
export interface Claim {
  memberId: string
  generation: number
  owned: Readonly<Record<string, readonly number[]>>
}

/**
 * An assigner for kafkajs that leaves partitions where they are: what a member keeps it does not send again. What a
 * member owns travels in its subscription; the assignment's user data is JSON `{ partitionCounts: { [topic]: number }
 * }` as the leader saw it, the same for every member of the generation. All members must subscribe to the same topics.
 */
export function stickyAssigner({ owned }: { owned: () => Holding }): PartitionAssigner {
  const version = 1
  return ({ cluster }) => ({
    name: NAME,
    version,
    protocol: ({ topics }) => {
      const userData = Buffer.from(JSON.stringify(owned()))
      return { name: NAME, metadata: MemberMetadata.encode({ version, topics, userData }) }
    },
    assign: ({ members, topics }) => {
      const idsOf = (topic: string) => cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
      const partitions = Object.fromEntries(topics.map((topic) => [topic, idsOf(topic)]))
      const partitionCounts = Object.fromEntries(Object.entries(partitions).map(([topic, ids]) => [topic, ids.length]))
      const userData = Buffer.from(JSON.stringify({ partitionCounts }))
      const assignments = assignSticky({ members: members.map(toClaim), partitions })
      return Promise.resolve(
        Array.from(assignments, ([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version, assignment, userData }),
        })),
      )
    },
  })
}

/**
 * Every partition to exactly one member, within one of each other per topic and overall, and as few moved as that
 * allows. (With several topics the odd partitions are dealt out topic by topic, in the order of their names: the fewest
 * moves for each topic after those before it. Nothing moves when nothing has changed.) Every member is in the result,
 * idle ones too. A partition claimed twice stays with the newer generation: a member that comes back from a stop still
 * claims what it had.
 */
export function assignSticky({
  members,
  partitions,
}: {
  members: readonly Claim[]
  partitions: Readonly<Record<string, readonly number[]>>
}): Map<string, Record<string, number[]>> {
  const memberIds = members.map(({ memberId }) => memberId).toSorted()
  const assignments = new Map(memberIds.map((id): [string, Record<string, number[]>] => [id, {}]))
  if (memberIds.length === 0) return assignments
  const rising = members.toSorted((a, b) => a.generation - b.generation || (a.memberId < b.memberId ? 1 : -1))
  const odd = new Map<string, number>()
  for (const topic of Object.keys(partitions).toSorted()) {
    const ids = (partitions[topic] ?? []).toSorted((a, b) => a - b)
    const owners = ownersOf(topic, rising)
    const kept = new Map(memberIds.map((id) => [id, ids.filter((partition) => owners.get(partition) === id)]))
    const shares = shareOut(ids, kept, odd)
    for (const [id, share] of shares) if (share.length > 0) (assignments.get(id) ?? {})[topic] = share
  }
  return assignments
}

/** The last claim wins: `rising` has the newest generation last. */
function ownersOf(topic: string, rising: readonly Claim[]): Map<number, string> {
  return new Map(
    rising.flatMap(({ memberId, owned }) => (owned[topic] ?? []).map((partition) => [partition, memberId])),
  )
}

/**
 * One topic. `odd` counts for each member the topics in which it has one partition more than the least; those with the
 * fewest such come first here, and among them those that have it already.
 */
function shareOut(
  ids: readonly number[],
  kept: ReadonlyMap<string, readonly number[]>,
  odd: Map<string, number>,
): Map<string, number[]> {
  const least = Math.floor(ids.length / kept.size)
  const oddOf = (id: string) => odd.get(id) ?? 0
  const hasMore = (id: string) => Number((kept.get(id) ?? []).length > least)
  const takers = [...kept.keys()]
    .toSorted((a, b) => oddOf(a) - oddOf(b) || hasMore(b) - hasMore(a))
    .slice(0, ids.length % kept.size)
  for (const id of takers) odd.set(id, oddOf(id) + 1)

  const shares = Array.from(kept, ([id, own]) => {
    const size = takers.includes(id) ? least + 1 : least
    return { id, size, share: own.slice(0, size) }
  })
  const placed = new Set(shares.flatMap(({ share }) => share))
  const roomOf = ({ size, share }: { size: number; share: number[] }) => size - share.length
  for (const partition of ids) {
    if (placed.has(partition)) continue
    // To the one that may take the most, so that neighbours are spread.
    shares.reduce((most, next) => (roomOf(next) > roomOf(most) ? next : most)).share.push(partition)
  }
  return new Map(shares.map(({ id, share }) => [id, share.toSorted((a, b) => a - b)]))
}

const NAME = 'InsightsStickyAssigner'
const { MemberMetadata, MemberAssignment } = AssignerProtocol

const HoldingJson = z.object({
  generation: z.int(),
  partitions: z.record(z.string(), z.array(z.int())),
})

/** A member of another version, or one that cannot be read, owns nothing. */
function toClaim({ memberId, memberMetadata }: GroupMember): Claim {
  try {
    const userData = MemberMetadata.decode(memberMetadata)?.userData
    const { generation, partitions } = HoldingJson.parse(JSON.parse(String(userData)))
    return { memberId, generation, owned: partitions }
  } catch {
    return { memberId, generation: -1, owned: {} }
  }
}
