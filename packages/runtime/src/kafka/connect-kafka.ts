import { Kafka, logLevel, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs'
import type { Logger } from '../logger.ts'
import { openSocket, toBroker } from './open-socket.ts'
import { patchKafkaJs } from './patch-kafkajs.ts'

export interface KafkaOptions {
  /** `host:port` of one or more brokers; the host may be an IPv6 address in brackets. */
  brokers: string[]
  ssl: boolean
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
}

/** Where Kafka is and how to log in. Opens nothing by itself; publishers, consumers and admins are made from it. */
export interface KafkaConnection {
  readonly clientId: string
  /** A kafkajs client of its own for each user: clients of one `Kafka` object share a map of committed offsets. */
  newClient(options?: { requestTimeoutMs?: number }): Kafka
}

/** kafkajs behind the adapter, with its faults patched and its log going through ours. */
export function connectKafka({
  clientId,
  brokers,
  ssl,
  sasl,
  log,
}: KafkaOptions & { clientId: string; log: Logger }): KafkaConnection {
  patchKafkaJs()
  const common: KafkaConfig = {
    clientId,
    brokers: brokers.map(toBroker),
    socketFactory: openSocket,
    ssl,
    connectionTimeout: 3_000,
    // Who uses the adapter decides about long retries; kafkajs only bridges a leader change. Given explicitly, because
    // kafkajs takes other defaults when NODE_ENV is `test`.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: logLevel.INFO,
    logCreator: logThrough(log),
    ...(sasl && { sasl: sasl as SASLOptions }),
  }
  return {
    clientId,
    newClient: ({ requestTimeoutMs = 10_000 } = {}) => new Kafka({ ...common, requestTimeout: requestTimeoutMs }),
  }
}

/** The adapter's options from the parsed `kafkaVariables`. */
export function kafkaOptions(config: {
  KAFKA_BROKERS: string[]
  KAFKA_SSL: boolean
  KAFKA_SASL_MECHANISM?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined
  KAFKA_SASL_USERNAME?: string | undefined
  KAFKA_SASL_PASSWORD?: string | undefined
}): KafkaOptions {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config
  return {
    brokers: config.KAFKA_BROKERS,
    ssl: config.KAFKA_SSL,
    ...(mechanism && username && password && { sasl: { mechanism, username, password } }),
  }
}

/**
 * kafkajs calls every passing hiccup an error (a fresh cluster's first FindCoordinator, each try of a reconnect), so
 * all of it is for debugging: what really is wrong, the publisher and the consumer say themselves.
 */
const logThrough =
  (log: Logger): logCreator =>
  () =>
  ({ namespace, log: { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } }) =>
    log.debug({ kafkajs: namespace, ...fields }, message)
