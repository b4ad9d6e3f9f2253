import { AssignerProtocol, type Cluster, type PartitionAssigner } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { createMembership } from './membership.ts'

type Call = 'joinGroup' | 'syncGroup' | 'heartbeat'
type Coordinator = Record<Call, (request: object) => Promise<unknown>>
const SESSION_MS = 10_000
const MARGIN_MS = 500

const assignment = (userData: string) => ({
  memberAssignment: AssignerProtocol.MemberAssignment.encode({
    version: 1,
    assignment: { t: [0, 1] },
    userData: Buffer.from(userData),
  }),
})
const counts = (partitionCounts: object) => assignment(JSON.stringify({ partitionCounts }))
const refused = (type: string) => Object.assign(new Error(type), { type })

/** A member with its coordinator; each request takes as long as the test says. */
function create({ sessionTimeoutMs = SESSION_MS } = {}) {
  let clock = 1_000
  const answers: Record<Call, () => unknown> = {
    joinGroup: () => ({}),
    syncGroup: () => counts({ t: 2 }),
    heartbeat: () => ({}),
  }
  let takesMs = 0
  const send = (call: Call) => async () => {
    clock += takesMs
    await Promise.resolve()
    return answers[call]()
  }
  const coordinator: Coordinator = {
    joinGroup: send('joinGroup'),
    syncGroup: send('syncGroup'),
    heartbeat: send('heartbeat'),
  }
  const cluster = {
    findGroupCoordinator: (_request: object) => Promise.resolve(coordinator),
    findTopicPartitionMetadata: () => [],
  }
  const membership = createMembership({ groupId: 'g', sessionTimeoutMs, monotonic: () => clock })
  const assigner = membership.assigner({
    cluster: cluster as unknown as Cluster,
    groupId: 'g',
    logger: undefined as never,
  } as Parameters<PartitionAssigner>[0])

  const ask = async (call: Call, more: object = {}) =>
    (await cluster.findGroupCoordinator({ groupId: 'g' }))[call]({ groupId: 'g', ...more })
  /** A whole join, as kafkajs goes about it. */
  async function join(
    generationId: number,
    { memberId = 'm', assigned = { t: [0, 1] } as Record<string, number[]> } = {},
  ) {
    await ask('joinGroup')
    await ask('syncGroup', { generationId })
    return membership.joined(memberId, assigned)
  }
  return {
    ...membership,
    ask,
    join,
    answers,
    assigner,
    beat: (generation: number) => ask('heartbeat', { groupGenerationId: generation }),
    now: () => clock,
    pass: (ms: number) => void (clock += ms),
    take: (ms: number) => void (takesMs = ms),
  }
}

describe('until when no other member can own what this member owns', () => {
  test('(I3) before the first join: no time at all', () => {
    expect(create().aliveUntil()).toBe(-Infinity)
  })

  test('(I3) from the sending of the last heartbeat that was answered well, less the time that a request takes to arrive', async () => {
    const { join, beat, aliveUntil, pass, take, now } = create()
    await join(1)
    expect(aliveUntil()).toBe(now() + SESSION_MS - MARGIN_MS)
    pass(2_000)
    take(700)
    const sentAt = now()
    await beat(1)
    expect([now(), aliveUntil()]).toEqual([sentAt + 700, sentAt + SESSION_MS - MARGIN_MS])
  })

  test('(I3) a join counts from the sending of its last request: the answer may be read a whole stop later', async () => {
    const { join, aliveUntil, take, now } = create()
    take(60_000)
    const begunAt = now()
    await join(1)
    expect(aliveUntil()).toBe(begunAt + 60_000 + SESSION_MS - MARGIN_MS)
    expect(aliveUntil()).toBeLessThan(now())
  })

  test('(I3) a long session leaves a larger margin', async () => {
    const { join, aliveUntil, now } = create({ sessionTimeoutMs: 60_000 })
    await join(1)
    expect(aliveUntil()).toBe(now() + 57_000)
  })

  test('(I3) a heartbeat of an earlier generation proves nothing', async () => {
    const { join, beat, aliveUntil, pass } = create()
    await join(1)
    await join(2)
    const before = aliveUntil()
    pass(5_000)
    await beat(1)
    expect(aliveUntil()).toBe(before)
  })

  test('(I3) from the moment that it asks to join until it has its partitions, it owns nothing', async () => {
    const { join, ask, joined, aliveUntil, answers } = create()
    await join(1)
    let whileAsking = NaN
    answers.joinGroup = () => (whileAsking = aliveUntil())
    await ask('joinGroup')
    expect(whileAsking).toBe(-Infinity)
    await ask('syncGroup', { generationId: 2 })
    expect(aliveUntil()).toBe(-Infinity)
    joined('m', { t: [0] })
    expect(aliveUntil()).toBeGreaterThan(0)
  })

  test.each(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])(
    '(I3) a heartbeat refused with %s ends it at once',
    async (type) => {
      const { join, beat, aliveUntil, answers } = create()
      await join(1)
      const error = refused(type)
      answers.heartbeat = () => {
        throw error
      }
      await expect(beat(1)).rejects.toBe(error)
      expect(aliveUntil()).toBe(-Infinity)
    },
  )

  test('a heartbeat that got no answer changes nothing: the session counts on', async () => {
    const { join, beat, aliveUntil, answers, pass } = create()
    await join(1)
    const before = aliveUntil()
    pass(2_000)
    answers.heartbeat = () => {
      throw refused('REQUEST_TIMED_OUT')
    }
    await expect(beat(1)).rejects.toThrow('REQUEST_TIMED_OUT')
    expect(aliveUntil()).toBe(before)
  })

  test('(I3) interrupted or evicted, it owns nothing until it has joined again', async () => {
    const { join, interrupted, evicted, beat, aliveUntil } = create()
    await join(1)
    interrupted()
    await beat(1)
    expect(aliveUntil()).toBe(-Infinity)
    await join(2)
    expect(aliveUntil()).toBeGreaterThan(0)
    evicted()
    expect(aliveUntil()).toBe(-Infinity)
  })
})

describe('an assignment', () => {
  test('tells the partitions, and the counts as the leader saw them', async () => {
    const { join, answers } = create()
    answers.syncGroup = () => counts({ t: 32, other: 3 })
    expect(await join(1, { assigned: { t: [0, 7], other: [1] } })).toEqual({
      memberId: 'm',
      continued: false,
      partitionCounts: { t: 32, other: 3 },
      partitions: [
        { topic: 't', partition: 0 },
        { topic: 't', partition: 7 },
        { topic: 'other', partition: 1 },
      ],
    })
  })

  test.each([
    ['no user data', () => ({ memberAssignment: null })],
    ['something that is not JSON', () => assignment('{')],
    ['null', () => assignment('null')],
    ['counts that are none', () => counts([])],
    ['counts that are null', () => assignment('{"partitionCounts":null}')],
    ['counts that are not whole numbers', () => counts({ t: '32', other: 1.5 })],
  ])('(I3) a leader that says %s: the number of partitions is unknown', async (_, answer) => {
    const { join, answers } = create()
    await join(1)
    answers.syncGroup = answer
    expect((await join(2)).partitionCounts).toEqual({})
  })

  test('(I2) it continues the one before for the same member, not for one that the broker had forgotten', async () => {
    const { join, interrupted, evicted } = create()
    const continued = async (generation: number, memberId: string) => (await join(generation, { memberId })).continued
    expect(await continued(1, 'm')).toBe(false)
    expect(await continued(2, 'm')).toBe(true)
    interrupted()
    expect(await continued(3, 'm')).toBe(true)
    expect(await continued(4, 'other')).toBe(false)
    expect(await continued(5, 'other')).toBe(true)
    evicted()
    expect(await continued(6, 'other')).toBe(false)
  })

  test('the group is told at the next join what this member owns, and since which generation', async () => {
    const { join, assigner } = create()
    const told = () => {
      const { metadata } = assigner.protocol({ topics: ['t'] })
      return JSON.parse(String(AssignerProtocol.MemberMetadata.decode(metadata)?.userData)) as unknown
    }
    expect(told()).toEqual({ generation: -1, partitions: {} })
    await join(4, { assigned: { t: [3] } })
    expect(told()).toEqual({ generation: 4, partitions: { t: [3] } })
  })
})
