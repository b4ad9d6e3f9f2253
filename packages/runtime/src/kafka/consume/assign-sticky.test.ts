import fc from 'fast-check'
import { AssignerProtocol, type Cluster, type GroupMember } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { assignSticky, stickyAssigner, type Claim } from './assign-sticky.ts'

type Partitions = Record<string, number[]>
type Assignments = Map<string, Partitions>

const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const claims = (assignments: Assignments, generation = 1): Claim[] =>
  Array.from(assignments, ([memberId, owned]) => ({ memberId, owned, generation }))
const fresh = (...ids: string[]): Claim[] => ids.map((memberId) => ({ memberId, owned: {}, generation: -1 }))
const pairs = (assignments: Assignments) =>
  [...assignments].flatMap(([id, owned]) =>
    Object.entries(owned).flatMap(([topic, ids]) => ids.map((partition) => `${topic}:${partition}@${id}`)),
  )
function kept(before: Assignments, after: Assignments): number {
  const had = new Set(pairs(before))
  return pairs(after).filter((pair) => had.has(pair)).length
}
const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts)
const totals = (assignments: Assignments) =>
  [...assignments.values()].map((owned) => Object.values(owned).flat().length)

/** Each partition exactly once, and balanced. */
function expectSound(assignments: Assignments, partitions: Partitions) {
  const places = pairs(assignments).map((pair) => pair.replace(/@.*/, ''))
  const all = Object.entries(partitions).flatMap(([topic, ids]) => ids.map((p) => `${topic}:${p}`))
  expect(places.toSorted()).toEqual(all.toSorted())
  for (const topic of Object.keys(partitions))
    expect(spread([...assignments.values()].map((owned) => (owned[topic] ?? []).length))).toBeLessThanOrEqual(1)
  expect(spread(totals(assignments))).toBeLessThanOrEqual(1)
}

const memberIds = (max: number) =>
  fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: max, size: 'max' })
const topics = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(40).map(range))
const owned = (topic: string, max: number) =>
  fc.record({ [topic]: fc.uniqueArray(fc.nat(max), { maxLength: max + 1 }) })
const anyClaims = (max: number, partitionMax: number) =>
  memberIds(max).chain((ids) =>
    fc.tuple(
      ...ids.map((memberId) =>
        fc.record({
          memberId: fc.constant(memberId),
          generation: fc.integer({ min: -1, max: 5 }),
          owned: owned('a', partitionMax),
        }),
      ),
    ),
  )

describe('assigning partitions', () => {
  test('(I2, I3) whatever is claimed: each partition exactly once, balanced per topic and overall, every member named', () => {
    fc.assert(
      fc.property(anyClaims(16, 50), topics, (members, partitions) => {
        const assignments = assignSticky({ members, partitions })
        expect([...assignments.keys()]).toEqual(members.map(({ memberId }) => memberId).toSorted())
        expectSound(assignments, partitions)
      }),
    )
  })

  test('the order in which members and partitions are listed changes nothing', () => {
    fc.assert(
      fc.property(anyClaims(8, 20), topics, (members, partitions) => {
        const reversed = Object.fromEntries(
          Object.entries(partitions)
            .toReversed()
            .map(([topic, ids]) => [topic, ids.toReversed()]),
        )
        expect(assignSticky({ members: members.toReversed(), partitions: reversed })).toEqual(
          assignSticky({ members, partitions }),
        )
      }),
    )
  })

  test('no balanced assignment moves fewer (against all of them, for few members)', () => {
    fc.assert(
      fc.property(anyClaims(3, 5), fc.integer({ min: 1, max: 6 }), (members, count) => {
        const ids = members.map(({ memberId }) => memberId)
        // Each partition belongs to one claimant at most: claims that contradict each other have a test of their own.
        const mine = members.map(({ memberId, generation, owned }, i) => ({
          memberId,
          generation,
          owned: { a: (owned['a'] ?? []).filter((partition) => partition % members.length === i) },
        }))
        const before: Assignments = new Map(mine.map(({ memberId, owned }) => [memberId, owned]))
        const most = allBalanced(ids, count).reduce((best, after) => Math.max(best, kept(before, after)), 0)
        expect(kept(before, assignSticky({ members: mine, partitions: { a: range(count) } }))).toBe(most)
      }),
    )
  })

  test('unchanged membership moves nothing, with any number of topics', () => {
    fc.assert(
      fc.property(anyClaims(16, 50), topics, (members, partitions) => {
        const before = assignSticky({ members, partitions })
        expect(assignSticky({ members: claims(before), partitions })).toEqual(before)
      }),
    )
  })

  test('who joins takes only what balance needs, and the others swap nothing among themselves', () => {
    fc.assert(
      fc.property(memberIds(15), fc.nat(100), (ids, count) => {
        const partitions = { a: range(count) }
        const before = assignSticky({ members: fresh(...ids), partitions })
        const members = [...claims(before), ...fresh('joins')]
        const after = assignSticky({ members, partitions })
        expectSound(after, partitions)
        expect(count - kept(before, after)).toBe((after.get('joins')?.['a'] ?? []).length)
      }),
    )
  })

  test('what a member leaves is spread over the others, and nothing else moves', () => {
    fc.assert(
      fc.property(memberIds(15), fc.nat(100), (ids, count) => {
        const partitions = { a: range(count) }
        const before = assignSticky({ members: fresh(...ids, 'leaves'), partitions })
        const left = (before.get('leaves')?.['a'] ?? []).length
        before.delete('leaves')
        const after = assignSticky({ members: claims(before), partitions })
        expectSound(after, partitions)
        expect(kept(before, after)).toBe(count - left)
      }),
    )
  })

  test('a topic that grows: the new partitions are shared out, the old ones stay', () => {
    fc.assert(
      fc.property(memberIds(15), fc.nat(60), fc.nat(60), (ids, count, more) => {
        const before = assignSticky({ members: fresh(...ids), partitions: { a: range(count) } })
        const partitions = { a: range(count + more) }
        const after = assignSticky({ members: claims(before), partitions })
        expectSound(after, partitions)
        expect(kept(before, after)).toBe(count)
      }),
    )
  })

  test('(I2) a member that was stopped and claims what it had loses against the newer claim', () => {
    const members = [
      { memberId: 'stopped', owned: { a: [0, 1, 2] }, generation: 3 },
      { memberId: 'heir', owned: { a: [0, 1] }, generation: 4 },
    ]
    const expected = new Map([
      ['heir', { a: [0, 1] }],
      ['stopped', { a: [2, 3] }],
    ])
    expect(assignSticky({ members, partitions: { a: range(4) } })).toEqual(expected)
    const swapped = members.map(({ memberId, owned, generation }) => ({ memberId, owned, generation: 7 - generation }))
    expect(assignSticky({ members: swapped, partitions: { a: range(4) } }).get('stopped')).toEqual({ a: [0, 1] })
  })

  test('partitions that are gone, or were never there, are not assigned', () => {
    const members = [{ memberId: 'm', owned: { a: [1, 7, -1], gone: [0] }, generation: 1 }]
    expect(assignSticky({ members, partitions: { a: range(2) } })).toEqual(new Map([['m', { a: [0, 1] }]]))
  })
})

describe('the assigner as kafkajs uses it', () => {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol
  const counts: Record<string, number> = { a: 4, b: 1 }
  const findTopicPartitionMetadata = (topic: string) =>
    range(counts[topic] ?? 0).map((partitionId) => ({ partitionId }))
  const create = (generation: number, partitions: Partitions) =>
    stickyAssigner({ owned: () => ({ generation, partitions }) })({
      cluster: { findTopicPartitionMetadata } as unknown as Cluster,
      groupId: 'g',
      logger: {} as never,
    })
  const topics = ['a', 'b']
  const member = (memberId: string, generation: number, partitions: Partitions): GroupMember => ({
    memberId,
    memberMetadata: create(generation, partitions).protocol({ topics }).metadata,
  })
  const assign = async (members: GroupMember[]) =>
    (await create(0, {}).assign({ members, topics })).map(({ memberId, memberAssignment }) => ({
      memberId,
      assignment: MemberAssignment.decode(memberAssignment)?.assignment ?? {},
      userData: String(MemberAssignment.decode(memberAssignment)?.userData),
    }))

  test('what members own travels in the subscription, and the leader honours it', async () => {
    const assigned = await assign([member('x', 2, { a: [2, 3] }), member('y', 2, { a: [0, 1], b: [0] })])
    expect(assigned.map(({ memberId, assignment }) => ({ memberId, assignment }))).toEqual([
      { memberId: 'x', assignment: { a: [2, 3] } },
      { memberId: 'y', assignment: { a: [0, 1], b: [0] } },
    ])
  })

  test('every member learns the same partition counts, idle ones too', async () => {
    const assigned = await assign(['1', '2', '3', '4', '5', '6', '7'].map((id) => member(id, -1, {})))
    expect(assigned).toHaveLength(7)
    expect(assigned.filter(({ assignment }) => Object.keys(assignment).length === 0)).toHaveLength(2)
    for (const { userData } of assigned) expect(JSON.parse(userData)).toEqual({ partitionCounts: { a: 4, b: 1 } })
  })

  const encode = (userData: Buffer | null) =>
    MemberMetadata.encode({ version: 1, topics, userData: userData as Buffer })
  test.each([
    ['no metadata at all', Buffer.alloc(0)],
    ['metadata that is cut off', encode(Buffer.from('{}')).subarray(0, 9)],
    ['no user data', encode(null)],
    ['empty user data', encode(Buffer.alloc(0))],
    ['another version', encode(Buffer.from('{"v":2}'))],
    ['JSON of another kind', encode(Buffer.from('null'))],
    ['claims that are no numbers', encode(Buffer.from('{"generation":1,"partitions":{"a":["0"]}}'))],
    ['claims that are no lists', encode(Buffer.from('{"generation":9,"partitions":{"a":{"length":1}}}'))],
  ])('a member with %s owns nothing and still gets its share', async (_, memberMetadata) => {
    const assigned = await assign([{ memberId: 'odd', memberMetadata }, member('good', 1, { a: [0, 1], b: [0] })])
    expect(assigned.map(({ assignment }) => assignment)).toEqual([{ a: [0, 1], b: [0] }, { a: [2, 3] }])
  })

  test('any bytes at all are survived', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), async (all, data) => {
        const assigned = await assign([
          { memberId: 'bytes', memberMetadata: Buffer.from(all) },
          { memberId: 'data', memberMetadata: encode(Buffer.from(data)) },
        ])
        expect(assigned.flatMap(({ assignment }) => assignment['a'] ?? []).toSorted()).toEqual([0, 1, 2, 3])
      }),
    )
  })
})

/** All assignments of one topic whose shares differ by one at most. */
function allBalanced(ids: string[], count: number): Assignments[] {
  const found: Assignments[] = []
  for (let code = 0; code < ids.length ** count; code++) {
    const assignments: Assignments = new Map(ids.map((id) => [id, { a: [] as number[] }]))
    for (let p = 0, rest = code; p < count; p++, rest = Math.floor(rest / ids.length))
      assignments.get(ids[rest % ids.length] ?? '')?.['a']?.push(p)
    if (spread(totals(assignments)) <= 1) found.push(assignments)
  }
  return found
}
