import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isCurrentBatch, patchKafkaJs } from './patch-kafkajs.ts'

interface Queue {
  pending: unknown[]
  throttledUntil: number
  scheduleCheckPendingRequests(): void
  checkPendingRequests(): void
  destroy(): void
}

const createQueue = (): Queue => {
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (
    options: object,
  ) => Queue
  return new RequestQueue({ maxInFlightRequests: null, requestTimeout: 1_000, logger: { debug() {}, warn() {} } })
}

beforeEach(() => {
  vi.useFakeTimers()
  patchKafkaJs()
})
afterEach(() => void vi.useRealTimers())

test('an idle connection arms no timer (kafkajs woke up a thousand times a second)', () => {
  const queue = createQueue()
  queue.checkPendingRequests()
  queue.scheduleCheckPendingRequests()
  expect(vi.getTimerCount()).toBe(0)
})

test('a throttled connection is looked at again when the throttle ends, once', () => {
  const queue = createQueue()
  queue.throttledUntil = Date.now() + 500
  queue.scheduleCheckPendingRequests()
  queue.scheduleCheckPendingRequests()
  expect(vi.getTimerCount()).toBe(1)
  const check = vi.spyOn(queue, 'checkPendingRequests')
  vi.advanceTimersByTime(499)
  expect(check).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2)
  expect(check).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test('pending requests are looked at soon', () => {
  const queue = createQueue()
  const check = vi.spyOn(queue, 'checkPendingRequests').mockImplementation(() => {})
  queue.pending.push({})
  queue.scheduleCheckPendingRequests()
  vi.advanceTimersByTime(10)
  expect(check).toHaveBeenCalledOnce()
})

test('(I2) a batch that was fetched before a rejoin is known as old after it', async () => {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/consumer/consumerGroup.js') as {
    prototype: { fetch: (this: unknown, nodeId: number) => Promise<object[]> }
  }
  const batch = {}
  const group = fakeGroup([{ topicName: 't', partitions: [{ partition: 0, messages: [] }] }])
  const [fetched] = await prototype.fetch.call(group, 1)
  expect(isCurrentBatch(fetched ?? batch)).toBe(true)
  group.offsetManager = { ...group.offsetManager }
  expect(isCurrentBatch(fetched ?? batch)).toBe(false)
})

describe('(I9) the heartbeat of a consumer group', () => {
  const start = Date.UTC(2026, 0, 2, 12)
  const createGroup = () => {
    vi.setSystemTime(start)
    const ConsumerGroup = createRequire(import.meta.url)('kafkajs/src/consumer/consumerGroup.js') as new (
      options: object,
    ) => { memberId: string; coordinator: object; heartbeat(options: { interval: number }): Promise<void> }
    const group = new ConsumerGroup({ logger: { namespace() {} }, instrumentationEmitter: { emit() {} } })
    const sent = vi.fn<() => Promise<void>>(() => Promise.resolve())
    Object.assign(group, { memberId: 'm', coordinator: { heartbeat: sent } })
    return { sent, beat: () => group.heartbeat({ interval: 2_000 }) }
  }

  test('goes on at once when the wall clock is stepped back (kafkajs was silent until it had caught up)', async () => {
    const { sent, beat } = createGroup()
    vi.setSystemTime(start - 3_600_000)
    await beat()
    expect(sent).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(1_999)
    await beat()
    expect(sent).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(1)
    await beat()
    expect(sent).toHaveBeenCalledTimes(2)
  })

  test('is not sent more often than its interval says', async () => {
    const { sent, beat } = createGroup()
    await beat()
    expect(sent).not.toHaveBeenCalled()
    vi.advanceTimersByTime(2_000)
    await Promise.all([beat(), beat()])
    await beat()
    expect(sent).toHaveBeenCalledOnce()
  })
})

test('a batch that the patched fetch did not tag is a loud error, not a silent guess', () => {
  expect(() => isCurrentBatch({})).toThrow('did not tag')
})

/** As much of a consumer group as kafkajs' fetch touches. */
function fakeGroup(responses: object[]) {
  return {
    offsetManager: { committedOffsets: () => ({ t: { 0: '0' } }), nextOffset: () => 0n, resolveOffsets: () => {} },
    cluster: {
      refreshMetadataIfNecessary: () => {},
      findBroker: () => ({ fetch: () => Promise.resolve({ responses }) }),
    },
    checkForStaleAssignment: () => {},
    subscriptionState: { assigned: () => [{ topic: 't', partitions: [0] }], isPaused: () => false },
    filterPartitionsByNode: (_: number, assigned: object[]) => assigned,
    seekOffsets: () => Promise.resolve(),
    getActiveTopicPartitions: () => ({ t: new Set([0]) }),
    preferredReadReplicasPerTopicPartition: {},
    seekOffset: { has: () => false },
  }
}
