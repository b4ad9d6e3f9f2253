import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { EventOf, TopicId } from '@insights/schemas/topics'
import type { Pipeline } from './start-bed.ts'

export type Handlers = { [K in TopicId]?: (event: EventOf<K>, record: ConsumedRecord) => void }

/** Reads every event of the topics with a handler, from their beginning, each record once. It commits nothing. */
export async function followTopics(pipeline: Pipeline, handlers: Handlers): Promise<AsyncDisposable> {
  const ids = Object.keys(handlers) as TopicId[]
  const idOf = new Map(ids.map((id) => [pipeline.topic(id), id]))
  // Without commits, a consumer that has to join again begins at the beginning.
  const next = new Map<string, number>()
  let failure: Error | undefined
  const consumer = createConsumer({
    kafka: pipeline.kafka,
    log: pipeline.log,
    groupId: `${pipeline.prefix}bench`,
    topics: [...idOf.keys()],
    maxWaitMs: 100,
    onCrash: (error) => (failure = error),
  })
  await consumer.start({
    onBatch: async ({ topic, partition, records }) => {
      const id = idOf.get(topic) as TopicId
      const place = `${topic} ${partition}`
      for (const record of records) {
        if (record.offset < (next.get(place) ?? 0)) continue
        next.set(place, record.offset + 1)
        const decoded = await pipeline.codec.decode(id, record.value)
        if (decoded.kind !== 'ok')
          throw new Error(`${place}, offset ${record.offset} is not readable: ${decoded.detail}`)
        const handle = handlers[id] as (event: EventOf<TopicId>, record: ConsumedRecord) => void
        handle(decoded.value, record)
      }
    },
  })
  return {
    [Symbol.asyncDispose]: async () => {
      await consumer.stop()
      if (failure !== undefined) throw failure
    },
  }
}
