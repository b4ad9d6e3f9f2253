import type { Mode, Modes } from './servers/choose-modes.ts'
import { choosePorts, isPortFree, type PortWish } from './servers/choose-ports.ts'
import type { Engine } from './docker/connect-engine.ts'
import { startKafkaInDocker, startPostgresInDocker, startRegistryInDocker } from './docker/start-in-docker.ts'
import type { LocalPrograms } from './local/prepare-local.ts'
import { startKafka } from './local/start-kafka.ts'
import { startPostgres } from './local/start-postgres.ts'
import { startRegistry } from './local/start-registry.ts'
import { type PartOptions, type RunningPart, ServerFailed } from './servers/server.ts'

export interface StartPart extends PartOptions {
  engine: Engine | null
  local: LocalPrograms
  brokers: 1 | 3
  fsync: boolean
}

/** The documented ports. Node n of three has its client port 2 × (n - 1) higher, and its controller's beside it. */
const KAFKA_PORT = 19_092
const REGISTRY_PORT = 8_081
const REGISTRY_MANAGEMENT_PORT = 18_081
/** Not 5432: there sits the Postgres that many machines have anyway. */
const POSTGRES_PORT = 15_432
const TRIES = 3

/** Starts one part and reports where it is and how long it took. */
export async function startPart(part: keyof Modes, mode: Mode, options: StartPart): Promise<RunningPart> {
  const begun = performance.now()
  const report = (line: string) => options.report(`${part}: ${line}`)
  const running = await onFreePorts(part, mode, { ...options, report })
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const where = mode === 'docker' ? 'Docker' : 'local processes'
  report(`${where}, ${running.address.replace(/\/\/.*@/, '//')}, ready in ${seconds} s`)
  return running
}

/** Between our check of a port and the server's bind another process can take it; then other ports are tried. */
async function onFreePorts(part: keyof Modes, mode: Mode, options: StartPart): Promise<RunningPart> {
  const documented = portWishes(part, mode, options.brokers)
  for (let attempt = 1; ; attempt++) {
    const any = !options.preferPorts || attempt > 1
    const wishes = any ? documented.map((wish) => ({ for: wish.for, preferred: null })) : documented
    const { ports, replaced } = await choosePorts(wishes, isPortFree, Math.random)
    for (const { for: what, preferred, port } of replaced) {
      options.report(`port ${preferred} is taken, so ${what} uses ${port}`)
    }
    try {
      return await start(part, mode, options, new Map(wishes.map((wish, index) => [wish.for, ports[index]])))
    } catch (error) {
      if (!(error instanceof ServerFailed && error.portTaken) || attempt === TRIES) throw error
      options.report('another process took the port meanwhile; trying others')
    }
  }
}

const broker = (node: number) => `kafka-${node}`
const controller = (node: number) => `the controller of kafka-${node}`
const management = "the registry's management"

function portWishes(part: keyof Modes, mode: Mode, brokers: 1 | 3): PortWish[] {
  if (part === 'postgres') return [{ for: 'postgres', preferred: POSTGRES_PORT }]
  if (part === 'registry') {
    const http = { for: 'registry', preferred: REGISTRY_PORT }
    return mode === 'docker' ? [http] : [http, { for: management, preferred: REGISTRY_MANAGEMENT_PORT }]
  }
  return nodes(brokers).flatMap((node) => {
    const port = KAFKA_PORT + 2 * (node - 1)
    const client = { for: broker(node), preferred: port }
    return mode === 'docker' ? [client] : [client, { for: controller(node), preferred: port + 1 }]
  })
}

async function start(
  part: keyof Modes,
  mode: Mode,
  options: StartPart,
  ports: Map<string, number | undefined>,
): Promise<RunningPart> {
  const { engine, local, brokers, fsync, report } = options
  const port = (what: string): number => {
    const chosen = ports.get(what)
    if (chosen === undefined) throw new Error(`no port was chosen for ${what}`)
    return chosen
  }
  if (mode === 'docker') {
    if (engine === null) throw new Error('Docker was chosen without an engine')
    if (part === 'kafka') {
      return startKafkaInDocker(
        engine,
        options,
        nodes(brokers).map((id) => ({ id, port: port(broker(id)) })),
      )
    }
    if (part === 'registry') return startRegistryInDocker(engine, options, port('registry'))
    return startPostgresInDocker(engine, options, { port: port('postgres'), fsync })
  }
  if (part === 'postgres') return startPostgres(options, { port: port('postgres'), fsync })
  const java = local.java()
  if (part === 'registry') {
    const home = await local.registry(report)
    return startRegistry(options, { java, home, port: port('registry'), managementPort: port(management) })
  }
  const libs = await local.kafka(report)
  const nodePorts = nodes(brokers).map((id) => ({ id, port: port(broker(id)), controllerPort: port(controller(id)) }))
  return startKafka(options, { java, libs, nodePorts })
}

const nodes = (brokers: 1 | 3) => (brokers === 1 ? [1] : [1, 2, 3])
