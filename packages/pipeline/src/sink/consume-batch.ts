import type { Consumer, RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import { createSparingLog } from '@insights/runtime/log-sparingly'
import type { Logger } from '@insights/runtime/logger'
import type { Codec } from '@insights/schemas/codec'
import { topicName, type TopicId } from '@insights/schemas/topics'
import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import { publishAll, publishFailures, type PublishFailuresOptions, type Refusal } from './publish-failures.ts'
import { readBatch, type Reading } from './read-batch.ts'

/** What a batch does to the store, and the records that can never be stored. */
export interface Planned {
  refusals: Refusal[]
}

/** The store behind a sink. */
export interface Store<K extends TopicId, Plan extends Planned, Written> {
  /** What the records mean for the store, or a record that it does not take; without effects. */
  plan: (readings: Reading<K>[], refused: { topic: K; record: ConsumedRecord } | null) => Plan
  /**
   * All of the plan or nothing of it, visible when it resolves; the same plan again changes nothing. It must end by
   * itself when the store hangs, with an error that `awayReason` knows.
   */
  write: (plan: Plan) => Promise<Written>
  /** Why the store cannot be reached, in words for `/readyz`; null for an error that another try does not fix. */
  awayReason: (error: unknown) => string | null
  /**
   * What becomes of a record that was to be written alone and met this error: a refusal when the store takes others and
   * refuses this one, null for any other error.
   */
  refuse: (error: unknown, reading: Reading<K>) => Promise<Refusal | null>
  /** What must be in a topic before the batch is committed, because of what was written. */
  publishes: (written: Written) => OutgoingRecord[]
  /** Called as a batch begins; what it returns is called when the effect is visible and the offset committed. */
  observe: () => (stored: Stored<Written>) => void
}

export interface Stored<Written> {
  /** With its prefix. */
  topic: string
  records: number
  written: Written
  /** Epoch milliseconds. */
  visibleAt: number
}

export interface ConsumeBatchOptions<K extends TopicId, Plan extends Planned, Written> extends Omit<
  PublishFailuresOptions,
  'encode'
> {
  topics: readonly K[]
  store: Store<K, Plan, Written>
  codec: Pick<Codec, 'decode' | 'encode' | 'prefetch'>
  commit: Consumer['commit']
  log: Logger
}

export interface HandleOptions {
  /** What becomes of the batch's only record, whatever it says. */
  refusal?: Refusal
  /** Commits nothing: the records come again. */
  keepPosition?: boolean
}

/**
 * The handler of a batch of one partition: decode, publish what can never be stored as `analysis.failed`, write the
 * rest at once, publish what follows from it, then commit the offsets (I5). A registry, broker or store that is away is
 * waited for; nothing is given up for it. It returns early, without commit, when the lease is lost: the records come
 * again to the next owner.
 */
export function consumeBatch<K extends TopicId, Plan extends Planned, Written>(
  options: ConsumeBatchOptions<K, Plan, Written>,
): (batch: RecordBatch, how?: HandleOptions) => Promise<void> {
  const { store, codec, commit, retries, now } = options
  const log = createSparingLog({ log: options.log })
  const failureOptions = { ...options, encode: codec.encode }
  const ids = new Map(options.topics.map((id) => [topicName(id, options.prefix), id]))

  async function handle(batch: RecordBatch, { refusal, keepPosition = false }: HandleOptions = {}): Promise<void> {
    const onStored = store.observe()
    const { topic, partition, records, nextOffset, lease } = batch
    if (records.length === 0) return
    const id = ids.get(topic)
    if (id === undefined) throw new Error(`a batch of ${topic}, which is not subscribed to`)
    const readings = refusal === undefined ? await readBatch(id, batch, options) : []
    if (readings === null) return
    const plan = store.plan(readings, refusal === undefined ? null : { topic: id, record: refusal.record })
    const refusals = refusal === undefined ? plan.refusals : [refusal]
    if (!(await publishFailures(refusals, batch, failureOptions, log))) return
    const written = await write(batch, plan, keepPosition ? [] : readings)
    if (written === null) return
    if ('refusal' in written) return handle(batch, { refusal: written.refusal })
    const visibleAt = now()
    if (!(await publishAll(store.publishes(written.value), batch, options))) return
    if (keepPosition) return
    const committed = await commit(lease, [{ topic, partition, offset: nextOffset }])
    if (committed === 'lost') return
    onStored({ topic, records: records.length, written: written.value, visibleAt })
  }

  /** Null: the batch was given up meanwhile. */
  async function write(
    batch: RecordBatch,
    plan: Plan,
    readings: Reading<K>[],
  ): Promise<{ value: Written } | { refusal: Refusal } | null> {
    const [alone, ...others] = readings
    try {
      return await whileAway(batch, async () => ({ value: await store.write(plan) }))
    } catch (error) {
      if (alone === undefined || others.length > 0) throw error
      const asked = await whileAway(batch, async () => ({ refusal: await store.refuse(error, alone) }))
      if (asked === null) return null
      const { refusal } = asked
      if (refusal === null) throw error
      return { refusal }
    }
  }

  const whileAway = <T>(batch: RecordBatch, work: () => Promise<T>): Promise<T | null> =>
    retries.whileAway(batch, async () => {
      try {
        return { ok: true, value: await work() }
      } catch (error) {
        const reason = store.awayReason(error)
        if (reason === null) throw error
        return { ok: false, reason }
      }
    })

  return handle
}
