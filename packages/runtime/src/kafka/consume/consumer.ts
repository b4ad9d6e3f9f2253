import kafkajs, { type Consumer as KafkaJsConsumer, type EachBatchPayload } from 'kafkajs'
import { drawBackoffMs } from '../../backoff.ts'
import { endsGeneration, hasErrorType, isOutage } from '../classify-error.ts'
import type { Assignment, Consumer, ConsumerHandlers, ConsumerOptions, TopicPartition } from './consumer-contract.ts'
import { createHeartbeat } from './keep-heartbeat.ts'
import { createLeases } from './lease.ts'
import { createMembership } from './membership.ts'
import { monotonicMs } from '../../monotonic.ts'
import { pause } from '../../pause.ts'
import { isCurrentBatch } from '../patch-kafkajs.ts'
import { toConsumedRecord } from './to-consumed-record.ts'

export type * from './consumer-contract.ts'

/**
 * kafkajs' consumer without its traps: manual resolve and commit, heartbeats while a handler works, a lease per
 * generation, every partition resumed on join (pauses survive a rejoin otherwise), batches of an old generation never
 * handed out. kafkajs' own restart is off: after a crash the world caused (broker or coordinator away) a new client is
 * made here, any other crash goes to `onCrash`, so that a dead consumer never sits in a living process.
 */
export function createConsumer(options: ConsumerOptions): Consumer {
  const { kafka, log, groupId, topics, onCrash } = options
  const sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000
  const heartbeatIntervalMs = options.heartbeatIntervalMs ?? Math.floor(sessionTimeoutMs / 5)
  const leases = createLeases()
  const membership = createMembership({ groupId, sessionTimeoutMs, monotonic: monotonicMs })
  const heartbeat = createHeartbeat({
    intervalMs: heartbeatIntervalMs,
    maxSilenceMs: options.maxSilenceMs ?? 120_000,
    onFailed: (error) => {
      if (!endsGeneration(error)) return log.info({ err: error }, 'heartbeat failed, the next one is tried')
      // kafkajs meets the same when the handler has returned, and joins again; the handler learns it from its lease.
      log.info({ err: error }, 'heartbeat refused, giving the partitions back')
      leases.lose()
    },
    onSilent: (silentMs) => log.error({ silentMs }, 'a handler made no progress, heartbeats stop'),
  })
  const stopped = new AbortController()
  const handling = new Set<Promise<void>>()
  const everything = topics.map((topic) => ({ topic }))
  let client: KafkaJsConsumer | undefined
  /** The client, once it has joined: before, kafkajs throws at whatever is asked of its group. */
  let member: KafkaJsConsumer | undefined
  let status: string | null = 'not connected to Kafka yet'
  let lastContact = 0
  let failures = 0
  let quiescing = false
  let stopping: Promise<void> | undefined
  let connecting: Promise<void> | undefined

  const crash = (cause: unknown) => {
    membership.interrupted()
    leases.lose()
    onCrash(cause instanceof Error ? cause : new Error(String(cause)))
  }

  async function connect(handlers: ConsumerHandlers): Promise<void> {
    while (!stopped.signal.aborted) {
      const candidate = kafka.newClient().consumer({
        groupId,
        // The second one is for members of an older version that are still in the group.
        partitionAssigners: [membership.assigner, kafkajs.PartitionAssigners.roundRobin],
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: options.rebalanceTimeoutMs ?? 60_000,
        heartbeatInterval: heartbeatIntervalMs,
        maxBytesPerPartition: options.maxBytesPerPartition ?? 128 * 1024,
        maxWaitTimeInMs: options.maxWaitMs ?? 500,
        // How soon partitions that were added are read.
        metadataMaxAge: 60_000,
        allowAutoTopicCreation: false,
        retry: {
          initialRetryTime: 100,
          maxRetryTime: 1_000,
          retries: 5,
          restartOnFailure: () => Promise.resolve(false),
        },
      })
      client = candidate
      member = undefined
      listen(candidate, handlers)
      try {
        await candidate.connect()
        await candidate.subscribe({ topics, fromBeginning: true })
        await candidate.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: options.partitionsConsumedConcurrently ?? 1,
          eachBatch: (payload) => handle(payload, handlers),
        })
        return
      } catch (error) {
        await candidate.disconnect().catch(() => {})
        if (!isOutage(error)) return crash(error)
        await waitAfter(error)
      }
    }
  }

  async function waitAfter(error: unknown): Promise<void> {
    status = `not in the consumer group: ${error instanceof Error ? error.message : String(error)}`
    // A coordinator that is still loading, or a broker that restarts, is back after a try or two: not worth a log line.
    if (failures % 10 === 2) log.warn({ err: error, failures }, 'consumer cannot reach Kafka, trying again')
    await pause(drawBackoffMs(failures++, Math.random), stopped.signal)
  }

  function listen(source: KafkaJsConsumer, handlers: ConsumerHandlers): void {
    const { onAssigned, onNothing } = handlers
    const { GROUP_JOIN, REBALANCING, CRASH, FETCH, HEARTBEAT, END_BATCH_PROCESS } = source.events
    const contact = () => void (lastContact = performance.now())
    source.on(FETCH, contact)
    source.on(HEARTBEAT, contact)
    // Batches without records do not come to the handler: kafkajs resolves them by itself.
    source.on(END_BATCH_PROCESS, ({ payload }) => {
      const { topic, partition, batchSize, firstOffset, lastOffset } = payload
      if (batchSize === 0 && source === client && !leases.current().signal.aborted)
        onNothing?.({ topic, partition, offset: Number(firstOffset), nextOffset: Number(lastOffset) + 1 })
    })
    source.on(REBALANCING, () => {
      status = 'rebalancing'
      membership.interrupted()
      leases.lose()
    })
    source.on(GROUP_JOIN, ({ payload }) => {
      if (source !== client || stopped.signal.aborted) return
      if (quiescing) source.pause(everything)
      else source.resume(source.paused())
      member = source
      failures = 0
      status = null
      contact()
      const lease = leases.renew()
      const { memberId, memberAssignment } = payload
      const assignment: Assignment = { lease, ...membership.joined(memberId, memberAssignment) }
      const { continued, partitions } = assignment
      log.info({ groupId, memberId, continued, partitions: partitions.length }, 'joined the consumer group')
      try {
        onAssigned?.(assignment)
      } catch (error) {
        crash(error) // thrown inside a listener it would only crash kafkajs
      }
    })
    source.on(CRASH, ({ payload: { error } }) => {
      membership.interrupted()
      leases.lose()
      if (source !== client || stopped.signal.aborted) return
      member = undefined
      if (!isOutage(error)) return crash(error)
      connecting = waitAfter(error).then(() => connect(handlers))
    })
  }

  async function handle(payload: EachBatchPayload, { onBatch }: ConsumerHandlers): Promise<void> {
    const { batch } = payload
    const lease = leases.current()
    // After a seek, kafkajs still hands out what it had fetched before.
    const skip = () => quiescing || lease.signal.aborted || !isCurrentBatch(batch) || payload.isStale()
    if (skip()) return
    const beat = heartbeat.enter(payload.heartbeat)
    const handled = onBatch({
      topic: batch.topic,
      partition: batch.partition,
      records: batch.messages.map((message) => toConsumedRecord(batch.topic, batch.partition, message)),
      fromOffset: Number((batch as unknown as { fetchedOffset: string }).fetchedOffset),
      nextOffset: Number(batch.lastOffset()) + 1,
      highWatermark: Number(batch.highWatermark),
      lease,
      progress: beat.progress,
    })
    handling.add(handled)
    try {
      await handled
    } catch (error) {
      if (!lease.signal.aborted) crash(error)
      return
    } finally {
      handling.delete(handled)
      beat.leave()
    }
    // A position of an old generation must not be resolved: it would skip what was not committed under it.
    if (!skip()) payload.resolveOffset(batch.lastOffset())
  }

  /** Outside of the group there is nothing to be set: the next join starts from the beginning. */
  function asMember(act: (one: KafkaJsConsumer) => void): void {
    try {
      if (member !== undefined) act(member)
    } catch (error) {
      if (!isNotInGroup(error)) throw error
    }
  }

  async function quiesce(): Promise<void> {
    quiescing = true
    // Without the pause, kafkajs would fetch what is not handed out again and again.
    if (status === null) client?.pause(everything)
    await Promise.allSettled(handling)
  }

  async function shutDown(): Promise<void> {
    await quiesce()
    stopped.abort()
    await connecting
    membership.interrupted()
    leases.lose()
    await client?.disconnect()
  }

  return {
    start: (handlers) => {
      connecting ??= connect(handlers)
      return Promise.resolve()
    },
    quiesce,
    stop: () => (stopping ??= shutDown()),
    commit: async (lease, offsets) => {
      if (!leases.isNewest(lease) || stopped.signal.aborted || member === undefined) return 'lost'
      try {
        await member.commitOffsets(offsets.map((o) => ({ ...o, offset: String(o.offset) })))
        return 'committed'
      } catch (error) {
        if (hasErrorType(error, 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS')) {
          // A refusal that comes when the next generation has begun says nothing about that one.
          if (!leases.isNewest(lease)) return 'lost'
          leases.lose()
          if (hasErrorType(error, 'UNKNOWN_MEMBER_ID')) membership.evicted()
          return 'lost'
        }
        if (!isOutage(error) && !isNotInGroup(error)) throw error
        log.warn({ err: error }, 'commit not acknowledged')
        return 'unavailable'
      }
    },
    pause: (partitions) => asMember((one) => one.pause(byTopic(partitions))),
    resume: (partitions) => {
      if (!quiescing) asMember((one) => one.resume(byTopic(partitions)))
    },
    seek: ({ topic, partition }, offset) => asMember((one) => one.seek({ topic, partition, offset: String(offset) })),
    aliveUntil: membership.aliveUntil,
    ready: () => {
      if (stopping) return 'stopping'
      const silentMs = performance.now() - lastContact
      return (
        status ?? (silentMs > sessionTimeoutMs ? `no answer from Kafka for ${Math.round(silentMs / 1000)} s` : null)
      )
    },
  }
}

/** What kafkajs throws while it takes a crashed consumer down, before it tells of the crash. */
const isNotInGroup = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Consumer group was not initialized')

const byTopic = (partitions: TopicPartition[]) =>
  partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
