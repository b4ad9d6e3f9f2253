import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { jvmMark } from '../data-directory/clear-leftovers.ts'
import { formatProperties, kafkaProperties } from '../servers/kafka-properties.ts'
import { type PartOptions, type RunningPart, ServerFailed, StackRefused } from '../servers/server.ts'
import { stopTogether } from '../servers/stop-together.ts'
import { kafkaUsable } from '../servers/wait-until-usable.ts'
import { runServer } from './run-server.ts'
import { serverEnvironment } from './server-environment.ts'

interface Cluster {
  id: string
  brokers: number
}

/** Kafka as one process per node, each broker and controller. */
export async function startKafka(
  { dataDir, env, report, signal }: PartOptions,
  {
    java,
    libs,
    nodePorts,
  }: { java: string; libs: string; nodePorts: { id: number; port: number; controllerPort: number }[] },
): Promise<RunningPart> {
  const brokers = nodePorts.length
  const clusterId = await readCluster(dataDir, brokers)
  const nodes = nodePorts.map(({ id, port, controllerPort }) => ({
    id,
    client: `127.0.0.1:${port}`,
    controller: `127.0.0.1:${controllerPort}`,
  }))
  const ids = nodes.map(({ id }) => id)
  const voters = nodes.map(({ id, controller }) => `${id}@${controller}`)
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])

  const startNode = async ({ id, client, controller }: (typeof nodes)[number]) => {
    const name = `kafka-${id}`
    const directory = join(dataDir, 'kafka', String(id))
    const logDir = join(directory, 'log')
    await mkdir(directory, { recursive: true })
    const advertised = { PLAINTEXT: client }
    const listeners = { ...advertised, CONTROLLER: controller }
    // Written again at each start: ports may have changed, and nothing in the data depends on them.
    const properties = kafkaProperties({ id, listeners, advertised, brokerListener: 'PLAINTEXT', voters, logDir })
    const propertiesFile = join(directory, 'server.properties')
    await writeFile(propertiesFile, formatProperties(properties))
    await writeFile(join(directory, 'log4j2.properties'), LOG4J)
    const jvm = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true', '-cp', join(libs, '*')]
    const childEnv = serverEnvironment(env)
    if (!(await stat(join(logDir, 'meta.properties')).catch(() => null))) {
      const format = [
        '-Dlog4j2.level=ERROR',
        ...jvm,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        propertiesFile,
      ]
      await runOnce(java, [...format, '--ignore-formatted'], childEnv, either)
    }
    return runServer(
      {
        name,
        command: java,
        args: [
          jvmMark(dataDir),
          `-Dlog4j2.configurationFile=${join(directory, 'log4j2.properties')}`,
          ...(brokers === 1 ? ['-Xms128m', '-Xmx512m'] : ['-Xms128m', '-Xmx384m']),
          ...jvm,
          'kafka.Kafka',
          propertiesFile,
        ],
        env: childEnv,
        logFile: join(dataDir, 'logs', `${name}.log`),
        stopSignal: 'SIGTERM',
        // Nodes that stop together lose their quorum, and the last ones would wait for it.
        stopDeadlineMs: brokers === 1 ? 10_000 : 3_000,
        startDeadlineMs: 90_000,
        usable: (abort) => kafkaUsable(client, [id], abort),
        report,
      },
      either,
    )
  }

  const starts = nodes.map((node) =>
    startNode(node).catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  const settled = await Promise.allSettled(starts)
  const servers = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = () => stopTogether(servers)
  try {
    if (failed.signal.aborted) throw failed.signal.reason
    for (const { client } of nodes) await kafkaUsable(client, ids, either)
  } catch (error) {
    await stop()
    throw error
  }
  return { address: nodes.map(({ client }) => client).join(','), servers, stop }
}

/** The id of the cluster that this directory holds; chosen at the first start. */
async function readCluster(dataDir: string, brokers: number): Promise<string> {
  const path = join(dataDir, 'kafka', 'cluster.json')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) {
    // What `kafka-storage.sh random-uuid` makes, without a JVM for it. One that begins with `-`, which one in 64 would,
    // is an option to `kafka-storage.sh format`; the first byte's highest bit decides.
    const bytes = randomBytes(16)
    bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0)
    const cluster: Cluster = { id: bytes.toString('base64url'), brokers }
    await mkdir(join(dataDir, 'kafka'), { recursive: true, mode: 0o700 })
    await writeFile(path, JSON.stringify(cluster))
    return cluster.id
  }
  const cluster = JSON.parse(text) as Cluster
  if (cluster.brokers === brokers) return cluster.id
  throw new StackRefused(
    `The Kafka data in ${dataDir} belong to a cluster of ${cluster.brokers}, but ${brokers} were asked for: ` +
      `set STACK_BROKERS=${cluster.brokers}, or wipe the data with --fresh.`,
  )
}

async function runOnce(command: string, args: string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new ServerFailed(`Kafka's data directory could not be formatted:\n${output.trim()}`)
}

const LOG4J = `appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
`
