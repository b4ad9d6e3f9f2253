import { drawBackoffMs } from '@insights/runtime/backoff'
import { LATE, within } from '@insights/runtime/deadline'
import { pause } from '@insights/runtime/pause'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createPartitioner } from '@insights/runtime/kafka/consume/partition-records'
import type { Logger } from '@insights/runtime/logger'
import { monotonicMs } from '@insights/runtime/monotonic'
import { decodeSignal } from './decode-signal.ts'
import {
  CLOCK_KEY,
  encodeClock,
  encodeSpending,
  encodeCooldown,
  spendingKey,
  COOLDOWN_KEY,
  type SpendingSignal,
  type CooldownSignal,
} from './signals.ts'
import { createUnreadableTeller } from './tell-unreadable.ts'

export interface SignalHandlers {
  onCooldown: (signal: CooldownSignal, appendedAt: number) => void
  onSpending: (signal: SpendingSignal, appendedAt: number) => void
}

export interface SignalExchange {
  /** Begins to connect and returns. After a rejoin, signals come again. */
  start(handlers: SignalHandlers): Promise<void>
  /**
   * Whether the broker has acknowledged it. False at once while there is no connection; it may have arrived all the
   * same.
   */
  publishCooldown(signal: CooldownSignal): Promise<boolean>
  /** The same for what was spent: all of these records in one request. */
  publishSpending(signals: readonly SpendingSignal[]): Promise<boolean>
  /** When a record was sent and acknowledged (monotonic ms) and appended (broker's epoch ms); null when that failed. */
  probeClock(): Promise<{ sentAt: number; receivedAt: number; appendTime: number } | null>
  /** Whether all that stood in the topic when this member wrote its first clock probe has been handed on. */
  caughtUp(): boolean
  /** Sends what was published before, then closes; takes seconds at most, whatever the broker does. */
  stop(): Promise<void>
}

/**
 * Reads and writes the topic by which analyzers share cool-downs and what they spend, and ask the broker for its time.
 * It has a producer of its own, with one small request in flight and no retries: a batch, a queue or another try would
 * be measured as the time to the broker. Cool-downs and spending are made from a state that another try may find
 * outdated, so their senders try again themselves.
 *
 * @param groupId of this run of the process alone: every member reads everything, from the beginning, and commits
 * nothing.
 */
export function createSignalExchange({
  kafka,
  log,
  topic,
  groupId,
  member,
  onCrash,
}: {
  kafka: KafkaConnection
  log: Logger
  topic: string
  groupId: string
  member: string
  onCrash: (error: Error) => void
}): SignalExchange {
  const stopped = new AbortController()
  const tellUnreadable = createUnreadableTeller(log)
  let producer: Producer | null = null
  let line: Promise<unknown> = Promise.resolve()
  let caughtUp = false
  let failures = 0
  let stopping: Promise<void> | undefined

  const consumer = createConsumer({
    kafka,
    log,
    groupId,
    topics: [topic],
    onCrash,
    // What is appended meanwhile ends the wait at once.
    maxWaitMs: 500,
  })

  function read({ key, value, appendedAt, offset }: ConsumedRecord, { onCooldown, onSpending }: SignalHandlers): void {
    const signal = decodeSignal(key, value)
    if (signal.kind === 'cooldown') onCooldown(signal.signal, appendedAt)
    else if (signal.kind === 'spending') onSpending(signal.signal, appendedAt)
    else if (signal.kind === 'clock') caughtUp ||= signal.member === member
    else tellUnreadable({ key, offset, ...signal })
  }

  async function connect(): Promise<void> {
    for (let attempt = 0; !stopped.signal.aborted; attempt++) {
      const candidate = kafka.newClient({ requestTimeoutMs: REQUEST_TIMEOUT_MS }).producer({
        idempotent: false,
        allowAutoTopicCreation: false,
        createPartitioner,
        retry: { retries: 0 },
      })
      try {
        await candidate.connect()
        if (stopped.signal.aborted) return disconnect(candidate)
        producer = candidate
        return
      } catch (error) {
        disconnect(candidate)
        if (attempt % 10 === 2) log.warn({ err: error, attempt }, 'the signals topic cannot reach Kafka, trying again')
        await pause(drawBackoffMs(attempt, Math.random), stopped.signal)
      }
    }
  }

  function disconnect(old: Producer): void {
    old.disconnect().catch((error: unknown) => log.debug({ err: error }, 'producer did not disconnect cleanly'))
  }

  function send(records: readonly SignalRecord[], acks: -1 | 1) {
    const sent = line.then(() => sendNow(records, acks))
    line = sent
    return sent
  }

  async function sendNow(records: readonly SignalRecord[], acks: -1 | 1) {
    const current = producer
    if (current === null || stopped.signal.aborted) return null
    try {
      const messages = records.map((record) => ({ ...record, partition: 0 }))
      const request = { topic, acks, timeout: REQUEST_TIMEOUT_MS, messages }
      const sentAt = monotonicMs()
      const result = await within(SEND_DEADLINE_MS, current.send(request))
      const receivedAt = monotonicMs()
      if (result === LATE) throw new Error(`not acknowledged in ${SEND_DEADLINE_MS} ms`)
      failures = 0
      return { sentAt, receivedAt, appendTime: Number(result[0]?.logAppendTime) }
    } catch (error) {
      // Often, when the topic is missing; once is enough for the log.
      log[failures++ === 2 ? 'warn' : 'debug']({ err: error, topic, failures }, 'a signal was not acknowledged')
      producer = null
      disconnect(current)
      void connect()
      return null
    }
  }

  async function shutDown(): Promise<void> {
    await within(STOP_MS, line)
    stopped.abort()
    await within(STOP_MS, Promise.allSettled([consumer.stop(), producer?.disconnect()]))
  }

  return {
    start: (handlers) => {
      void connect()
      return consumer.start({
        onBatch: ({ records }) => {
          for (const record of records) read(record, handlers)
          return Promise.resolve()
        },
      })
    },
    publishCooldown: async (signal) =>
      (await send([{ key: COOLDOWN_KEY, value: encodeCooldown(signal) }], -1)) !== null,
    publishSpending: async (signals) => {
      const records = signals.map(({ day, member: of, spending }) => ({
        key: spendingKey(day, of),
        value: encodeSpending(spending),
      }))
      return (await send(records, -1)) !== null
    },
    probeClock: async () => {
      // The leader alone: waiting for its followers would only widen what the sample says of the leader's clock.
      const sent = await send([{ key: CLOCK_KEY, value: encodeClock({ member }) }], 1)
      // Without `message.timestamp.type=LogAppendTime` there is none.
      return sent !== null && sent.appendTime > 0 ? sent : null
    },
    caughtUp: () => caughtUp,
    stop: () => (stopping ??= shutDown()),
  }
}

interface SignalRecord {
  key: string
  /** Null: the key goes when the topic is compacted. */
  value: Buffer | null
}
type Producer = ReturnType<ReturnType<KafkaConnection['newClient']>['producer']>

const REQUEST_TIMEOUT_MS = 5_000
/** kafkajs may connect again before it sends, with a time limit of its own for that. */
const SEND_DEADLINE_MS = 8_000
const STOP_MS = 2_000
