import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { jvmMark } from '@insights/stack/clear-leftovers'
import { formatProperties } from '@insights/stack/kafka-properties'
import { listProcesses } from '@insights/stack/list-processes'
import { runServer } from '@insights/stack/run-server'
import { serverEnvironment } from '@insights/stack/server-environment'
import type { Running } from './running.ts'
import { PLAIN_TABLE } from './plain-table.ts'

export interface ConnectOptions {
  java: string
  libs: string
  /** What it writes beside its data is under this directory, and nothing else. */
  dataDir: string
  /** Of the run: its group and its files are named after it. */
  name: string
  brokers: string
  /** The registry's Confluent-compatible address. */
  registryUrl: string
  databaseUrl: string
  topic: string
  /** Of the sink and its consumer, over those below. */
  settings: Record<string, string>
  report: (line: string) => void
  signal: AbortSignal
}

/** The fastest that was found: https://debezium.io/documentation/reference/3.6/connectors/jdbc.html */
export const bestSettings = {
  'tasks.max': '2',
  'dialect.postgres.unnest.insert.enabled': 'true',
  'batch.size': '3000',
  'consumer.override.max.poll.records': '3000',
}

/** A standalone Kafka Connect worker with one JDBC sink, upserting. Resolves when the sink is being started. */
export async function runConnect(options: ConnectOptions): Promise<Running> {
  const { java, libs, name, report, signal } = options
  const directory = join(options.dataDir, 'connect', name)
  await mkdir(directory, { recursive: true })
  const { ports } = await choosePorts([{ for: 'connect', preferred: null }], isPortFree, Math.random)
  const rest = `http://127.0.0.1:${ports[0]}`
  const file = async (base: string, content: string) => {
    const path = join(directory, base)
    await writeFile(path, content)
    return path
  }
  const worker = await file('worker.properties', formatProperties(workerProperties(options, directory, rest)))
  const sink = await file('sink.properties', formatProperties(sinkProperties(options)))
  const log4j = await file('log4j2.properties', LOG4J)
  const server = await runServer(
    {
      name: 'connect',
      command: java,
      args: [
        jvmMark(options.dataDir),
        `-Dlog4j2.configurationFile=${log4j}`,
        ...JVM,
        '-cp',
        join(libs, '*'),
        'org.apache.kafka.connect.cli.ConnectStandalone',
        worker,
        sink,
      ],
      env: serverEnvironment(process.env),
      logFile: join(directory, 'connect.log'),
      stopSignal: 'SIGTERM',
      stopDeadlineMs: 20_000,
      startDeadlineMs: 90_000,
      usable: async (abort) => {
        while ((await askStatus(rest)) === null) await sleep(50, undefined, { signal: abort })
      },
      report,
    },
    signal,
  )
  const own = (await listProcesses()).find(({ argv }) => argv.includes(worker))
  if (own === undefined) throw new Error('the Connect worker is not among the processes')
  return {
    pid: own.pid,
    check: async () => {
      const failed = (await askStatus(rest))?.find(({ state }) => state === 'FAILED')
      if (failed !== undefined) throw new Error(`the JDBC sink failed: ${failed.trace ?? ''}`)
    },
    stop: async () => {
      await server.stop()
      await rm(directory, { recursive: true })
    },
  }
}

/** What bin/connect-standalone.sh gives the JVM. */
const JVM = [
  '-Xms256M',
  '-Xmx2G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
]

const workerProperties = ({ brokers, registryUrl }: ConnectOptions, directory: string, rest: string) => ({
  'bootstrap.servers': brokers,
  listeners: rest,
  'offset.storage.file.filename': join(directory, 'offsets'),
  'connector.client.config.override.policy': 'All',
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'io.apicurio.registry.utils.converter.AvroConverter',
  // Its own API, which knows the ids of the Confluent-compatible one as content ids.
  'value.converter.apicurio.registry.url': registryUrl.replace(/\/apis\/.*$/, '/apis/registry/v2'),
  'value.converter.apicurio.registry.as-confluent': 'true',
  'value.converter.apicurio.registry.use-id': 'contentId',
})

/** Records in records are flattened (`origin_topic`), and lists left out: with the arrays of unnest it writes none. */
function sinkProperties({ name, topic, databaseUrl, settings }: ConnectOptions): Record<string, string> {
  const { host, pathname, username, password } = new URL(databaseUrl)
  return {
    name,
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': '1',
    topics: topic,
    'connection.url': `jdbc:postgresql://${host}${pathname}`,
    'connection.username': username,
    'connection.password': password,
    'insert.mode': 'upsert',
    'primary.key.mode': 'record_value',
    'primary.key.fields': 'conversation_id',
    'collection.name.format': PLAIN_TABLE,
    'schema.evolution': 'none',
    transforms: 'flatten',
    'transforms.flatten.type': 'org.apache.kafka.connect.transforms.Flatten$Value',
    'transforms.flatten.delimiter': '_',
    'field.exclude.list': `${topic}:clusters`,
    ...settings,
  }
}

interface State {
  state: string
  trace?: string
}

/** Of the connector and its tasks; null while the worker does not know them. */
async function askStatus(rest: string): Promise<State[] | null> {
  try {
    const list = await fetch(`${rest}/connectors?expand=status`, { signal: AbortSignal.timeout(2_000) })
    const named = Object.values((await list.json()) as Record<string, { status: Status }>)
    return named[0] === undefined ? null : [named[0].status.connector, ...named[0].status.tasks]
  } catch {
    return null
  }
}

interface Status {
  connector: State
  tasks: State[]
}

const LOG4J = `appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
`
