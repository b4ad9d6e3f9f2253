/** One combined node (broker and controller) of a KRaft cluster. */
export interface KafkaNode {
  id: number
  /** `listeners`, in Kafka's form; must hold `brokerListener` and `CONTROLLER`. */
  listeners: Record<string, string>
  advertised: Record<string, string>
  /** The listener that brokers use among themselves. */
  brokerListener: string
  /** `id@host:port` of every node's controller listener. */
  voters: string[]
  logDir: string
}

/** Records of 4 MiB (`analysis.failed` carries an original of 2 MiB) and what goes around them in a batch. */
const MESSAGE_MAX_BYTES = 5 * 1024 * 1024

/** `server.properties` of a node in a cluster of one node per voter. Kafka's defaults unless there is a reason. */
export function kafkaProperties(node: KafkaNode): Record<string, string> {
  const replicas = String(node.voters.length)
  const minInsync = node.voters.length === 1 ? '1' : '2'
  const list = (addresses: Record<string, string>) =>
    Object.entries(addresses)
      .map(([name, address]) => `${name}://${address}`)
      .join(',')
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': node.voters.join(','),
    listeners: list(node.listeners),
    'advertised.listeners': list(node.advertised),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': node.brokerListener,
    'listener.security.protocol.map': Object.keys(node.listeners)
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'log.dirs': node.logDir,

    'default.replication.factor': replicas,
    'min.insync.replicas': minInsync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInsync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInsync,
    // A misspelt topic is an error, not a new topic.
    'auto.create.topics.enable': 'false',
    'message.max.bytes': String(MESSAGE_MAX_BYTES),
    'replica.fetch.max.bytes': String(MESSAGE_MAX_BYTES),

    // The first member of a group need not wait 3 s for others.
    'group.initial.rebalance.delay.ms': '0',
    // One partition is created in an instant, fifty are not, and nothing here has fifty groups.
    'offsets.topic.num.partitions': '1',
    // A killed broker is replaced, and may register again, after 3 s instead of 9: a broker killed and started at once
    // is refused as its own double until then.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // How long a broker waits for a hung controller before it looks for the new one: half a minute by default, in which
    // it gives out no producer ids (seen).
    'controller.socket.timeout.ms': '5000',
    // The default sets aside 128 MiB of heap for log compaction.
    'log.cleaner.dedupe.buffer.size': '2097152',
    'metrics.jmx.exclude': '.*',
  }
}

/** Java's properties format, which is ISO 8859-1: everything else is escaped, so that any path can be named. */
export function formatProperties(properties: Record<string, string>): string {
  const escape = (value: string) =>
    value
      .replaceAll('\\', '\\\\')
      .replaceAll('\n', '\\n')
      // Code unit by code unit, because Java joins surrogates the same way.
      .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${escape(value)}\n`)
    .join('')
}

/** The form in which the apache/kafka image takes the same properties: `log.dirs` as `KAFKA_LOG_DIRS`. */
export function toImageVariables(properties: Record<string, string>): Record<string, string> {
  const name = (key: string) =>
    `KAFKA_${key.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [name(key), value]))
}
