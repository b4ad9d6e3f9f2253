import type { Admin } from 'kafkajs'
import type { KafkaConnection } from '../connect-kafka.ts'

export interface GroupReader {
  /** Connects and asks once: the first question takes a tenth of a second, which is better spent before a join. */
  warmUp(): Promise<void>
  /** What the group has committed, by partition; `offset` null: nothing yet. */
  committed(): Promise<Map<number, { offset: number | null; metadata: string | null }>>
  /** The oldest offset there is and the one after the newest, by partition. */
  bounds(): Promise<Map<number, { low: number; high: number }>>
  stop(): Promise<void>
}

/**
 * A group's progress in one topic as the broker has it, over a connection that stays open. Rejects when the broker does
 * not answer: the caller decides whether to ask again.
 */
export function createGroupReader({
  kafka,
  groupId,
  topic,
}: {
  kafka: KafkaConnection
  groupId: string
  topic: string
}): GroupReader {
  let admin: Promise<Admin> | undefined
  let stopped = false

  function connected(): Promise<Admin> {
    admin ??= (async () => {
      const candidate = kafka.newClient().admin()
      await candidate.connect()
      return candidate
    })().catch((error: unknown) => {
      admin = undefined
      throw error
    })
    return admin
  }

  /** After a failure the next question is asked by a new client: kafkajs keeps asking a broker that leads no more. */
  async function ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const asked = connected()
    try {
      return await question(await asked)
    } catch (error) {
      if (admin === asked) admin = undefined
      void asked.then((old) => old.disconnect()).catch(() => {})
      throw error
    }
  }

  async function committed() {
    const [answer] = await ask((one) => one.fetchOffsets({ groupId, topics: [topic] }))
    return new Map(
      answer?.partitions.map(({ partition, offset, metadata }) => [
        partition,
        { offset: Number(offset) < 0 ? null : Number(offset), metadata },
      ]),
    )
  }

  return {
    warmUp: async () => void (await committed()),
    committed,
    bounds: async () => {
      const offsets = await ask((one) => one.fetchTopicOffsets(topic))
      return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]))
    },
    stop: async () => {
      if (stopped) return
      stopped = true
      await (await admin?.catch(() => undefined))?.disconnect()
    },
  }
}
