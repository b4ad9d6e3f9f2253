import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import type { Consumer } from '@insights/runtime/kafka/consume/consumer'
import { createGroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Logger } from '@insights/runtime/logger'
import { createCommitter } from './commit-settled.ts'
import { createOwnership } from './own-partitions.ts'

/** Which partitions are ours, and what is committed of them. */
export function createPartitions({
  kafka,
  consumer,
  groupId,
  topic,
  changed,
  onCrash,
  log,
}: {
  kafka: KafkaConnection
  consumer: Consumer
  groupId: string
  topic: string
  /** Partitions can be read, or committed again. */
  changed: () => void
  onCrash: (error: unknown) => void
  log: Logger
}) {
  const reader = createGroupReader({ kafka, groupId, topic })
  const committer = createCommitter({ commit: consumer.commit, onCrash, beforeCommit: nextTurn })
  const ownership = createOwnership({
    topic,
    consumer,
    reader,
    onReady: (lease) => {
      committer.renew(lease)
      changed()
    },
    onCrash,
    log,
  })
  return {
    reader,
    ownership,
    committer,
    /** Only to save time after the join: it asks again, and waits as long as it takes. */
    warmUp: () => reader.warmUp().catch((error: unknown) => log.info({ err: error }, 'the group is not known yet')),
  }
}
