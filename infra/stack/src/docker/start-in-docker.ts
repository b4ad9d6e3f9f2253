import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { kafkaProperties, toImageVariables } from '../servers/kafka-properties.ts'
import { LOCALE } from '../local/init-database.ts'
import { registrySettings } from '../local/start-registry.ts'
import type { PartOptions, RunningPart } from '../servers/server.ts'
import { stopTogether } from '../servers/stop-together.ts'
import { kafkaUsable, postgresUsable, registryUsable } from '../servers/wait-until-usable.ts'
import { type Engine, networkName } from './connect-engine.ts'
import { runContainer } from './run-container.ts'

export const images = {
  kafka: 'apache/kafka:4.3.1',
  registry: 'apicurio/apicurio-registry:3.3.3',
  postgres: 'postgres:18.4',
} as const

const logFile = (dataDir: string, name: string) => join(dataDir, 'logs', `${name}.log`)

/** Kafka, one container per node. The ports are for clients on this machine. */
export async function startKafkaInDocker(
  engine: Engine,
  options: PartOptions,
  nodePorts: { id: number; port: number }[],
): Promise<RunningPart> {
  const nodes = nodePorts.map(({ id, port }) => ({ id, port, name: `kafka-${id}`, client: `${engine.host}:${port}` }))
  // A node alone finds itself; several need a network on which they have names.
  const inside = (name: string) => (nodePorts.length === 1 ? 'localhost' : name)
  const voters = nodes.map(({ id, name }) => `${id}@${inside(name)}:9093`)
  const clusterId = randomBytes(16).toString('base64url')
  const name = networkName(options.dataDir)
  const network =
    nodePorts.length === 1 ? null : await new engine.testcontainers.Network({ nextUuid: () => name }).start()
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const starts = nodes.map((node) => {
    const properties = kafkaProperties({
      id: node.id,
      listeners: { EXTERNAL: ':9092', INTERNAL: ':19092', CONTROLLER: ':9093' },
      // A broker tells its clients where to find it, and here that is the port on our side.
      advertised: { EXTERNAL: node.client, INTERNAL: `${inside(node.name)}:19092` },
      brokerListener: 'INTERNAL',
      voters,
      logDir: '/var/lib/kafka/data',
    })
    return runContainer(
      engine,
      {
        name: node.name,
        image: images.kafka,
        env: {
          ...toImageVariables(properties),
          CLUSTER_ID: clusterId,
          KAFKA_HEAP_OPTS: `-Xms128m -Xmx${nodePorts.length === 1 ? 512 : 384}m`,
          KAFKA_JVM_PERFORMANCE_OPTS: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1',
        },
        port: { container: 9092, host: node.port },
        ...(network && { network: network.getName() }),
        logFile: logFile(options.dataDir, node.name),
        usable: (abort) => kafkaUsable(node.client, [node.id], abort),
      },
      { ...options, signal },
    ).catch((error: unknown) => {
      failed.abort(error)
      throw error
    })
  })
  const settled = await Promise.allSettled(starts)
  const servers = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await stopTogether(servers)
    await network?.stop()
  }
  try {
    if (failed.signal.aborted) throw failed.signal.reason
    for (const { client } of nodes)
      await kafkaUsable(
        client,
        nodes.map(({ id }) => id),
        signal,
      )
  } catch (error) {
    await stop()
    throw error
  }
  return { address: nodes.map(({ client }) => client).join(','), servers, stop }
}

export async function startRegistryInDocker(engine: Engine, options: PartOptions, port: number): Promise<RunningPart> {
  const address = `http://${engine.host}:${port}/apis/ccompat/v7`
  // In the container's own file system, where any user may write and which outlives a kill.
  const settings = Object.entries(registrySettings('/tmp/registry'))
  const server = await runContainer(
    engine,
    {
      name: 'registry',
      image: images.registry,
      env: Object.fromEntries(settings.map(([key, value]) => [key.toUpperCase().replaceAll(/[.-]/g, '_'), value])),
      port: { container: 8080, host: port },
      otherPorts: [9000],
      logFile: logFile(options.dataDir, 'registry'),
      usable: (signal) => registryUsable(address, signal),
    },
    options,
  )
  return { address, servers: [server], stop: () => server.stop() }
}

export async function startPostgresInDocker(
  engine: Engine,
  options: PartOptions,
  { port, fsync }: { port: number; fsync: boolean },
): Promise<RunningPart> {
  const address = `postgres://insights:insights@${engine.host}:${port}/insights`
  const settings = ['max_connections=200', ...(fsync ? [] : ['fsync=off', 'full_page_writes=off'])]
  const server = await runContainer(
    engine,
    {
      name: 'postgres',
      image: images.postgres,
      env: {
        POSTGRES_USER: 'insights',
        POSTGRES_PASSWORD: 'insights',
        POSTGRES_DB: 'insights',
        POSTGRES_INITDB_ARGS: LOCALE.join(' '),
      },
      command: ['postgres', ...settings.flatMap((setting) => ['-c', setting])],
      port: { container: 5432, host: port },
      logFile: logFile(options.dataDir, 'postgres'),
      usable: (signal) => postgresUsable(address, signal),
    },
    options,
  )
  return { address, servers: [server], stop: () => server.stop() }
}
