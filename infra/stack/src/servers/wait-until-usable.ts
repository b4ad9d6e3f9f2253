import { setTimeout as sleep } from 'node:timers/promises'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import pg from 'pg'
import { answers } from './choose-ports.ts'

const TRY_MS = 3_000
const silent = createLogger({ service: 'stack', level: 'silent' })

/** Resolves when the broker at `address` knows a controller and all of `nodes` as live; rejects only when aborted. */
export function kafkaUsable(address: string, nodes: number[], signal: AbortSignal): Promise<void> {
  const [host, port] = [address.slice(0, address.lastIndexOf(':')), Number(address.slice(address.lastIndexOf(':') + 1))]
  return waitUntil(signal, async () => {
    if (!(await answers(host, port, TRY_MS))) return false
    const admin = connectKafka({ clientId: 'stack', brokers: [address], ssl: false, log: silent })
      .newClient({ requestTimeoutMs: TRY_MS })
      .admin({ retry: { retries: 0 } })
    try {
      await admin.connect()
      const { brokers, controller } = await admin.describeCluster()
      const live = new Set(brokers.map(({ nodeId }) => nodeId))
      return controller !== null && controller >= 0 && nodes.every((node) => live.has(node))
    } finally {
      await admin.disconnect()
    }
  })
}

/** Resolves when the registry at this Confluent-compatible address reads its storage. */
export function registryUsable(url: string, signal: AbortSignal): Promise<void> {
  return waitUntil(signal, async () => {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(TRY_MS) })
    await response.arrayBuffer()
    return response.ok
  })
}

/** Resolves when Postgres answers a query. */
export function postgresUsable(url: string, signal: AbortSignal): Promise<void> {
  return waitUntil(signal, async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TRY_MS, query_timeout: TRY_MS })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } finally {
      await client.end().catch(() => undefined)
    }
  })
}

/** A server that is not up yet refuses in a dozen ways, the caller has the deadline: every error means "not yet". */
async function waitUntil(signal: AbortSignal, usable: () => Promise<boolean>): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    if (await usable().catch(() => false)) return
    await sleep(50, undefined, { signal })
  }
}
