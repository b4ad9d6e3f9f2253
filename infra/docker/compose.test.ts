import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { describeVariables, readConfig } from '../../packages/runtime/src/config/read-config.ts'
import { variables as analyzer } from '../../services/analyzer/src/config.ts'
import { variables as ingress } from '../../services/ingress/src/config.ts'
import { migrationVariables as migrate, variables as query } from '../../services/query/src/config.ts'
import { NODE_ARGS } from '../../testing/fixtures/src/spawn-service.ts'
import { variables as gateway } from '../gateway/src/config.ts'
import { variables as simulator } from '../grok-simulator/src/config.ts'
import { variables as provision } from '../../packages/pipeline/src/provision-config.ts'
import { images } from '../stack/src/docker/start-in-docker.ts'
import { kafkaProperties, toImageVariables } from '../stack/src/servers/kafka-properties.ts'
import { KAFKA_VERSION, REGISTRY_VERSION } from '../stack/src/local/fetch-with-maven.ts'
import { LOCALE } from '../stack/src/local/init-database.ts'
import { registrySettings } from '../stack/src/local/start-registry.ts'
import { jobs, processes, type TableJob, type TableProcess } from '../stack/src/processes/process-table.ts'

interface Service {
  image: string
  command?: string[]
  environment?: Record<string, string | number>
  env_file?: string
  ports?: string[]
  volumes?: string[]
  healthcheck?: { test: string | string[] }
  depends_on?: Record<string, { condition: string }>
  restart: string
  mem_limit?: string
  stop_grace_period?: string
}

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(resolve(root, path), 'utf8')
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}
const dockerfile = read('infra/docker/Dockerfile')
const service = (name: string) => services[name] ?? expect.fail(`no service ${name}`)

type Schema = Parameters<typeof describeVariables>[0]

/** Our programs, each with what it reads from its environment. */
const schemas = { provision, migrate, simulator, ingress, analyzer, query, gateway } satisfies Record<string, Schema>
type Program = keyof typeof schemas
const tabled = Object.entries(processes) as [Program, TableProcess][]
const tabledJobs = Object.entries(jobs) as [Program, TableJob][]
const isJob = (name: string) => Object.hasOwn(jobs, name)
const servers = Object.keys(services).filter((name) => !isJob(name))

/** `${NAME}`, `${NAME:-default}` and `${NAME:+instead}`, as compose replaces them. */
function interpolate(text: string, shell: Record<string, string>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-+])([^}]*))?\}/g, (_match, name: string, operator?: string, word = '') => {
    const value = shell[name] ?? ''
    if (operator === '+') return value && word
    return value || word
  })
}

function environmentOf(name: string, shell: Record<string, string> = {}): Record<string, string> {
  const { environment = {}, env_file: file } = service(name)
  const fromFile = file === undefined ? {} : (parseEnv(read(interpolate(file, shell))) as Record<string, string>)
  const both = Object.entries({ ...fromFile, ...environment })
  return Object.fromEntries(both.map(([key, value]) => [key, interpolate(String(value), shell)]))
}

/** Published address → port in the container, with nothing set in the shell. */
const publishedBy = (name: string) =>
  (service(name).ports ?? []).map((port) => {
    const [, published, inside] = /^(.+):(\d+)$/.exec(interpolate(port, {})) ?? expect.fail(`${name}: port ${port}`)
    return [published, Number(inside)]
  })
const onLoopback = (port: number, inside = port) => [`127.0.0.1:${port}`, inside]
const mountPoint = (name: string) => service(name).volumes?.map((volume) => volume.split(':')[1]) ?? []

describe('the same as the local stack', () => {
  test('versions', () => {
    expect(service('kafka').image).toBe(images.kafka)
    expect(service('registry').image).toBe(images.registry)
    expect(service('postgres').image).toBe(images.postgres)
    expect(images.kafka).toMatch(`:${KAFKA_VERSION}`)
    expect(images.registry).toMatch(`:${REGISTRY_VERSION}`)
  })

  test('Node, in every stage of the image', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } }
    const [major] = devDependencies.node.split('.')
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(new Set(bases)).toEqual(new Set([`node:${major}-bookworm-slim`]))
  })

  test("Kafka's configuration", () => {
    const properties = kafkaProperties({
      id: 1,
      listeners: { INTERNAL: ':9092', EXTERNAL: ':19092', CONTROLLER: ':9093' },
      advertised: { INTERNAL: 'kafka:9092', EXTERNAL: '127.0.0.1:19092' },
      brokerListener: 'INTERNAL',
      voters: ['1@localhost:9093'],
      logDir: mountPoint('kafka')[0] ?? 'nowhere',
    })
    const { CLUSTER_ID, KAFKA_HEAP_OPTS, ...given } = environmentOf('kafka')
    expect(given).toEqual(toImageVariables(properties))
    expect(KAFKA_HEAP_OPTS).toMatch('-Xmx')
    // Sixteen bytes in base64url, fixed: a broker refuses the data of another cluster.
    expect(CLUSTER_ID).toMatch(/^[\w-]{22}$/)
  })

  test("the registry's configuration, its database on the volume", () => {
    const settings = Object.entries(registrySettings(`${mountPoint('registry')[0]}/registry`))
    const { JAVA_TOOL_OPTIONS, ...given } = environmentOf('registry')
    expect(given).toEqual(
      Object.fromEntries(settings.map(([key, value]) => [key.toUpperCase().replaceAll(/[.-]/g, '_'), value])),
    )
    expect(JAVA_TOOL_OPTIONS).toBe('-Xmx384m')
  })

  test("Postgres' locale, its data on the volume and not in an anonymous one beside it", () => {
    expect(environmentOf('postgres').POSTGRES_INITDB_ARGS).toBe(LOCALE.join(' '))
    expect(mountPoint('postgres')).toEqual(['/var/lib/postgresql'])
  })

  test('ports, on loopback only', () => {
    const documented = {
      kafka: [onLoopback(19_092)],
      registry: [onLoopback(8081, 8080)],
      postgres: [onLoopback(15_432, 5432)],
      provision: [],
      migrate: [],
      ...Object.fromEntries(tabled.map(([name, { ports }]) => [name, ports.map(({ port }) => onLoopback(port))])),
    }
    expect(Object.fromEntries(Object.keys(services).map((name) => [name, publishedBy(name)]))).toEqual(documented)
  })
})

describe('the same as the table of processes', () => {
  const defaultOf = (name: Program, variable: string) =>
    describeVariables(schemas[name]).find((described) => described.name === variable)?.default

  test('each process and job of the table runs here, and no other', () => {
    const own = Object.keys(services).filter((name) => !['kafka', 'registry', 'postgres'].includes(name))
    expect(own.toSorted()).toEqual([...tabled, ...tabledJobs].map(([name]) => name).toSorted())
  })

  test.each(tabled)('%s: program, ports by default, health, what it waits for, where others are', (name, entry) => {
    expect(service(name).command).toEqual(['node', entry.program])
    for (const { variable, port } of entry.ports) expect(defaultOf(name, variable)).toBe(String(port))
    const urls = entry.ports.map(({ port }) => `http://127.0.0.1:${port}${entry.readyPath}`)
    expect(service(name).healthcheck?.test).toEqual(['CMD', 'node', 'infra/docker/check-health.mjs', ...urls])
    expect(Object.keys(service(name).depends_on ?? {})).toEqual(entry.needs)
    for (const [variable, other] of Object.entries(entry.addresses)) {
      const [{ port } = { port: 0 }] = processes[other as keyof typeof processes].ports
      expect(environmentOf(name)[variable]).toBe(`http://${other}:${port}`)
      expect(defaultOf(name, variable)).toBe(`http://127.0.0.1:${port}`)
    }
  })

  test.each(tabledJobs)('%s: command, and the servers that it waits for', (name, entry) => {
    expect(service(name).command).toEqual(['node', entry.program, ...entry.args])
    expect(Object.keys(service(name).depends_on ?? {})).toEqual(entry.needs)
  })
})

describe('the environment of each program', () => {
  const shells = [{}, { GROK_API_KEY: 'xai-key', API_KEYS: `me:${'0'.repeat(64)}`, OUTBOUND_RPS: '5' }]

  test.each(Object.entries(schemas))('%s knows every variable and accepts its value', (name, schema) => {
    const known = Object.keys(schema.shape)
    for (const shell of shells) {
      const environment = environmentOf(name, shell)
      expect(Object.keys(environment).filter((variable) => !known.includes(variable))).toEqual([])
      expect(() => readConfig(schema, environment)).not.toThrow()
    }
  })

  test('a key goes to Grok, or where the shell says, and only without one the simulator answers', () => {
    const grok = (shell: Record<string, string>) => {
      const { GROK_API_KEY, GROK_BASE_URL } = environmentOf('analyzer', shell)
      return [GROK_API_KEY, GROK_BASE_URL]
    }
    expect(grok({})).toEqual(['simulator', 'http://simulator:8090/v1'])
    expect(grok({ GROK_API_KEY: 'k' })).toEqual(['k', describeVariables(analyzer).find(isBaseUrl)?.default])
    expect(grok({ GROK_API_KEY: 'k', GROK_BASE_URL: 'https://proxy/v1' })).toEqual(['k', 'https://proxy/v1'])
  })

  test('addresses name services, and Kafka advertises them', () => {
    const { KAFKA_ADVERTISED_LISTENERS: advertised = '' } = environmentOf('kafka')
    const { KAFKA_BROKERS } = environmentOf('ingress')
    expect(advertised.split(',')).toContain(`INTERNAL://${KAFKA_BROKERS}`)
    expect(advertised.split(',')).toContain(`EXTERNAL://${publishedBy('kafka')[0]?.[0]}`)
    const addresses = Object.keys(schemas).flatMap((name) =>
      Object.values(environmentOf(name)).flatMap((value) => (URL.canParse(value) ? [new URL(value)] : [])),
    )
    const hosts = new Set(addresses.map(({ hostname }) => hostname).filter((hostname) => hostname !== ''))
    expect(hosts).toEqual(new Set(['registry', 'postgres', 'simulator', 'ingress', 'query']))
  })
})

describe('starting and stopping', () => {
  test.each(servers)('%s has a health check and is started again when it dies', (name) => {
    expect(service(name).healthcheck?.test).toBeTruthy()
    expect(service(name).restart).toBe('unless-stopped')
  })

  test.each(Object.keys(jobs))('%s runs once', (name) => {
    expect(service(name).restart).toBe('no')
    expect(service(name).healthcheck).toBeUndefined()
  })

  test.each(Object.keys(services))('%s has a memory limit, so that it ends alone and not the machine', (name) => {
    expect(service(name).mem_limit).toMatch(/^\d+[mg]$/)
  })

  test('what is waited for can come true: servers are healthy, jobs complete', () => {
    const conditions = Object.values(services).flatMap(({ depends_on = {} }) => Object.entries(depends_on))
    expect(conditions.length).toBeGreaterThan(0)
    for (const [name, { condition }] of conditions) {
      expect([name, condition]).toEqual([name, isJob(name) ? 'service_completed_successfully' : 'service_healthy'])
    }
  })

  test.each(tabled.map(([name]) => name))('%s is given longer to stop than it takes', (name) => {
    const { STOP_DEADLINE_MS } = readConfig<Schema>(schemas[name], environmentOf(name))
    const seconds = service(name).stop_grace_period?.replace(/s$/, '') ?? '10'
    expect(Number(seconds) * 1000).toBeGreaterThan(Number(STOP_DEADLINE_MS))
  })

  test('every program is a file of a workspace that the image is made of', () => {
    for (const name of Object.keys(schemas)) {
      const [, path = ''] = service(name).command ?? []
      expect([path, existsSync(resolve(root, path))]).toEqual([path, true])
      expect(dockerfile).toMatch(`--workspace ${path.replace(/\/(?:src\/.*|[^/]+\.mjs)$/, '')}`)
    }
  })

  test('data outlive their containers', () => {
    const mounted = Object.values(services).flatMap(({ volumes: mounts = [] }) => mounts.map((m) => m.split(':')[0]))
    expect(new Set(mounted)).toEqual(new Set(Object.keys(volumes)))
    for (const name of ['kafka', 'registry', 'postgres']) expect(mountPoint(name)).toHaveLength(1)
  })
})

const isBaseUrl = ({ name }: { name: string }) => name === 'GROK_BASE_URL'

test('the services of the tests run with the options of the image', () => {
  expect(dockerfile).toContain(`NODE_OPTIONS=${NODE_ARGS.join(' ')} `)
})
