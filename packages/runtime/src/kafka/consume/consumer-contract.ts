import type { Logger } from '../../logger.ts'
import type { KafkaConnection } from '../connect-kafka.ts'
import type { Lease } from './lease.ts'
import type { ConsumedRecord } from '../records.ts'

export interface TopicPartition {
  topic: string
  partition: number
}

/** The records of one partition that one fetch brought, in order. */
export interface RecordBatch extends TopicPartition {
  records: ConsumedRecord[]
  /** The offset that was asked for: between it and `nextOffset` there are no other records than these. */
  fromOffset: number
  /** Where reading goes on after this batch. */
  nextOffset: number
  /** Offset after the newest record of the partition when it was fetched. */
  highWatermark: number
  lease: Lease
  /** Says that work goes on. A handler that is silent for `maxSilenceMs` loses its partitions: heartbeats stop. */
  progress(): void
}

export interface Assignment {
  lease: Lease
  partitions: TopicPartition[]
  memberId: string
  /**
   * Whether this member took part in every generation since the last assignment. If not, its partitions may have been
   * another member's meanwhile, even those that it has again: nothing it knows of them holds.
   */
  continued: boolean
  /** Partitions of each topic as the group's leader saw them: the same for every member of the generation. */
  partitionCounts: Readonly<Record<string, number>>
}

export interface ConsumerOptions {
  kafka: KafkaConnection
  log: Logger
  groupId: string
  topics: string[]
  /** An error that another try does not fix. The process should exit, so that the work is replayed. */
  onCrash: (error: Error) => void
  partitionsConsumedConcurrently?: number
  /** Small fetches: kafkajs fetches again only when every batch of the last fetch has been handled. */
  maxBytesPerPartition?: number
  maxWaitMs?: number
  sessionTimeoutMs?: number
  rebalanceTimeoutMs?: number
  heartbeatIntervalMs?: number
  maxSilenceMs?: number
}

/** What is done with what is read; given at the start, when all that it needs exists. */
export interface ConsumerHandlers {
  /**
   * Resolving moves the read position past the batch; it commits nothing. When the lease's signal aborts meanwhile,
   * return: the records come again to the partition's next owner. Rejecting is an unknown error and ends in `onCrash`.
   */
  onBatch: (batch: RecordBatch) => Promise<void>
  /**
   * Called at each join with the new generation's partitions, before any of them is read: a `pause` or `seek` made here
   * holds for the first fetch. The lease of the generation before is aborted by then.
   */
  onAssigned?: (assignment: Assignment) => void
  /** Reading passed offsets that hold no records (the markers of transactions): from `offset` up to `nextOffset`. */
  onNothing?: (place: TopicPartition & { offset: number; nextOffset: number }) => void
}

export interface Consumer {
  /** Begins to connect and join, and returns; `ready` tells when it is done. */
  start(handlers: ConsumerHandlers): Promise<void>
  /** No further batch is handed out; resolves when the running handlers have returned. Commits still work. */
  quiesce(): Promise<void>
  /** Quiesces, leaves the group and disconnects. Commit before. */
  stop(): Promise<void>
  /**
   * Commits the next offsets to read. `lost`: the generation is over and the broker refused (or would have); a member
   * that goes on commits again after the next assignment. `unavailable`: not acknowledged; the next commit covers it.
   * Kafka checks member and generation, not ownership, so commits of an older lease are not even sent.
   */
  commit(
    lease: Lease,
    offsets: (TopicPartition & { offset: number; metadata?: string })[],
  ): Promise<'committed' | 'lost' | 'unavailable'>
  pause(partitions: TopicPartition[]): void
  resume(partitions: TopicPartition[]): void
  /** The next fetch of the partition begins there; a batch being handled does not move the position past it. */
  seek(partition: TopicPartition, offset: number): void
  /**
   * Monotonic milliseconds (`performance.now()`) until which no other member can own this one's partitions: the last
   * heartbeat that succeeded was sent less than a session timeout before. In the past while joining, rebalancing or
   * evicted.
   */
  aliveUntil(): number
  /** Null when joined, else why not. */
  ready(): string | null
}
