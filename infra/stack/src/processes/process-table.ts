/** What a process listens on: a variable of its configuration, and the default there. */
interface TablePort {
  name: string
  variable: string
  port: number
}

/** A long-running process of the pipeline. */
export interface TableProcess {
  /** What it does, in a few words. */
  title: string
  /** Path of the program, from the repository's root. */
  program: string
  /** The first is that of the API. */
  ports: readonly TablePort[]
  /** Answers 200 on each of its ports when the process is ready. */
  readyPath: '/readyz' | '/healthz'
  /** What is to be ready, or to have ended well, before it: processes and jobs of these tables. */
  needs: readonly string[]
  /** Variables that hold the address of another process, by the name of its port. */
  addresses: Readonly<Record<string, string>>
}

/** A program that ends when its work is done. */
export interface TableJob {
  title: string
  program: string
  args: readonly string[]
  /** Servers, by their names in the stack. */
  needs: readonly ('kafka' | 'registry' | 'postgres')[]
}

/**
 * Every process of the pipeline, in the order in which `npm start` starts them; it stops them in reverse. What runs,
 * tests or documents them reads this table; docker-compose.yml and the programs' configurations say the same again, and
 * infra/docker/compose.test.ts compares them.
 */
export const processes = {
  simulator: {
    title: 'answers instead of Grok while there is no key',
    program: 'infra/grok-simulator/src/main.ts',
    ports: [{ name: 'simulator', variable: 'SIMULATOR_PORT', port: 8090 }],
    readyPath: '/readyz',
    needs: [],
    addresses: {},
  },
  ingress: {
    title: 'takes conversations in over HTTP',
    program: 'services/ingress/src/main.ts',
    ports: [{ name: 'ingress', variable: 'INGRESS_PORT', port: 8001 }],
    readyPath: '/readyz',
    needs: ['provision'],
    addresses: {},
  },
  analyzer: {
    title: 'asks Grok about conversations',
    program: 'services/analyzer/src/main.ts',
    ports: [{ name: 'analyzer', variable: 'ANALYZER_PORT', port: 8003 }],
    readyPath: '/readyz',
    needs: ['provision', 'simulator'],
    addresses: {},
  },
  query: {
    title: 'writes insights to Postgres (projector) and serves them',
    program: 'services/query/src/main.ts',
    ports: [
      { name: 'query', variable: 'QUERY_PORT', port: 8002 },
      { name: 'projector', variable: 'PROJECTOR_PORT', port: 8004 },
    ],
    readyPath: '/readyz',
    needs: ['provision', 'migrate'],
    addresses: {},
  },
  gateway: {
    title: '`/api/v1` of ingress and query on one address',
    program: 'infra/gateway/src/main.ts',
    ports: [{ name: 'gateway', variable: 'GATEWAY_PORT', port: 8000 }],
    readyPath: '/healthz',
    needs: ['ingress', 'query'],
    addresses: { INGRESS_URL: 'ingress', QUERY_URL: 'query' },
  },
} as const satisfies Record<string, TableProcess>

/** What is to be done before the processes can work. */
export const jobs = {
  provision: {
    title: 'topics and schemas',
    program: 'cli/insights.mjs',
    args: ['provision'],
    needs: ['kafka', 'registry'],
  },
  migrate: { title: 'tables', program: 'cli/insights.mjs', args: ['migrate'], needs: ['postgres'] },
} as const satisfies Record<string, TableJob>

export type ProcessName = keyof typeof processes
export type JobName = keyof typeof jobs
export type PortName = (typeof processes)[ProcessName]['ports'][number]['name']
export type Ports = Readonly<Record<PortName, number>>

/** All ports of all processes, each with its variable and default. */
export const listPorts = () =>
  Object.values(processes).flatMap(({ ports }): readonly (TablePort & { name: PortName })[] => ports)

/** Whether it is a client of Kafka, and so needs the addresses of the stack. */
export const joinsKafka = ({ needs }: TableProcess): boolean => needs.includes('provision')
