import { AssignerProtocol, type Cluster } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { watchCoordinator } from './watch-coordinator.ts'

type Send = (request: { groupId: string; generationId?: number; groupGenerationId?: number }) => Promise<unknown>

/** A cluster with one coordinator whose calls take a second; as in kafkajs, the methods need their `this`. */
function setUp(answers: Partial<Record<'joinGroup' | 'syncGroup' | 'heartbeat', () => unknown>> = {}) {
  const heard: unknown[] = []
  let clock = 0
  class Broker {
    seconds = 1_000
    answer(call: keyof typeof answers) {
      heard.push(`${call} is sent`)
      clock += this.seconds
      return new Promise((resolve) => resolve(answers[call]?.()))
    }
    joinGroup: Send = this.answer.bind(this, 'joinGroup')
    syncGroup(_request: object) {
      return this.answer('syncGroup')
    }
    heartbeat(_request: object) {
      return this.answer('heartbeat')
    }
  }
  let broker = new Broker()
  const cluster = {
    findGroupCoordinator(_request: { groupId: string }) {
      return this === cluster ? Promise.resolve(broker) : Promise.reject(new Error('lost its cluster'))
    },
  }
  watchCoordinator(
    cluster as unknown as Cluster,
    {
      onJoining: (sentAt) => heard.push({ joining: sentAt }),
      onAssigned: ({ userData, ...assigned }) => heard.push({ ...assigned, userData: String(userData) }),
      onHeartbeat: (heartbeat) => heard.push(heartbeat),
      onHeartbeatFailed: (error) => heard.push({ failed: error }),
    },
    { groupId: 'g', monotonic: () => clock },
  )
  return {
    heard,
    find: () =>
      cluster.findGroupCoordinator({ groupId: 'g' }) as Promise<Record<'joinGroup' | 'syncGroup' | 'heartbeat', Send>>,
    moveCoordinator: () => void (broker = new Broker()),
  }
}

const assignment = AssignerProtocol.MemberAssignment.encode({
  version: 1,
  assignment: { t: [0] },
  userData: Buffer.from('counts'),
})

describe('what is said to the coordinator', () => {
  test('(I3) a join is told before it is sent; the time of a heartbeat is that of its sending, not of its answer', async () => {
    const { heard, find } = setUp({ syncGroup: () => ({ memberAssignment: assignment }) })
    const coordinator = await find()
    await coordinator.joinGroup({ groupId: 'g' })
    await coordinator.syncGroup({ groupId: 'g', generationId: 7 })
    await coordinator.heartbeat({ groupId: 'g', groupGenerationId: 7 })
    expect(heard).toEqual([
      { joining: 0 },
      'joinGroup is sent',
      'syncGroup is sent',
      { generationId: 7, sentAt: 1_000, userData: 'counts' },
      'heartbeat is sent',
      { generationId: 7, sentAt: 2_000 },
    ])
  })

  test('answers and errors pass through as they are', async () => {
    const answer = { generationId: 1 }
    const error = new Error('UNKNOWN_MEMBER_ID')
    const fail = () => {
      throw error
    }
    const { heard, find } = setUp({ joinGroup: () => answer, syncGroup: fail, heartbeat: fail })
    const coordinator = await find()
    expect(await coordinator.joinGroup({ groupId: 'g' })).toBe(answer)
    await expect(coordinator.syncGroup({ groupId: 'g', generationId: 1 })).rejects.toBe(error)
    await expect(coordinator.heartbeat({ groupId: 'g', groupGenerationId: 1 })).rejects.toBe(error)
    expect(heard.filter((entry) => typeof entry === 'object')).toEqual([{ joining: 0 }, { failed: error }])
  })

  test('the same coordinator is found at every join and heard once; one that moved is heard too', async () => {
    const { heard, find, moveCoordinator } = setUp()
    expect(await find()).toBe(await find())
    await (await find()).heartbeat({ groupId: 'g', groupGenerationId: 1 })
    moveCoordinator()
    await (await find()).heartbeat({ groupId: 'g', groupGenerationId: 2 })
    expect(heard.filter((entry) => typeof entry === 'object')).toEqual([
      { sentAt: 0, generationId: 1 },
      { sentAt: 1_000, generationId: 2 },
    ])
  })

  test('another group of the same coordinator is not heard', async () => {
    const { heard, find } = setUp({ syncGroup: () => ({ memberAssignment: assignment }) })
    const coordinator = await find()
    await coordinator.joinGroup({ groupId: 'other' })
    await coordinator.syncGroup({ groupId: 'other', generationId: 1 })
    await coordinator.heartbeat({ groupId: 'other', groupGenerationId: 1 })
    expect(heard).toEqual(['joinGroup is sent', 'syncGroup is sent', 'heartbeat is sent'])
  })

  test.each([
    ['empty, as for a member that the leader left out', Buffer.alloc(0)],
    ['null', null],
    ['cut off', assignment.subarray(0, 7)],
    ['without user data', Buffer.concat([assignment.subarray(0, -10), Buffer.from([255, 255, 255, 255])])],
  ])('an assignment that is %s has no user data, and is kafkajs to judge', async (_, memberAssignment) => {
    const { heard, find } = setUp({ syncGroup: () => ({ memberAssignment }) })
    const answer = await (await find()).syncGroup({ groupId: 'g', generationId: 3 })
    expect(answer).toEqual({ memberAssignment })
    expect(heard.at(-1)).toEqual({ generationId: 3, sentAt: 0, userData: '' })
  })
})
