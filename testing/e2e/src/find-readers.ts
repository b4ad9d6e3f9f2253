import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import kafkajs from 'kafkajs'

/** The consumer groups that subscribe to each topic, as the broker has it; all names without the prefix of `env`. */
export async function findReaders(env: Record<string, string>): Promise<Map<string, Set<string>>> {
  const prefix = env.TOPIC_PREFIX ?? ''
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const log = createLogger({ service: 'test', level: 'silent' })
  const admin = connectKafka({ clientId: 'test', brokers, ssl: false, log }).newClient().admin()
  const readers = new Map<string, Set<string>>()
  await admin.connect()
  try {
    const ids = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix))
    const { groups } = await admin.describeGroups(ids)
    for (const { groupId, members } of groups) {
      for (const topic of members.flatMap(({ memberMetadata }) => decode(memberMetadata)?.topics ?? [])) {
        const name = topic.slice(prefix.length)
        readers.set(name, (readers.get(name) ?? new Set()).add(groupId.slice(prefix.length)))
      }
    }
  } finally {
    await admin.disconnect()
  }
  return readers
}

const { decode } = kafkajs.AssignerProtocol.MemberMetadata
