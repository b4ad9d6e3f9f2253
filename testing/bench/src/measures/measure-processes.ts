import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ProcessUse {
  pid: number
  name: string
  rssBytes: number
  /** The most it ever was. */
  peakRssBytes: number
  /** User and system time since its start. */
  cpuSeconds: number
}

/** Linux counts CPU time in ticks of a hundredth of a second (USER_HZ). */
const TICKS_PER_SECOND = 100

/** What the Node processes below `root` (itself included) use now. Linux only: read from /proc. */
export function measureNodeProcesses(root: number): ProcessUse[] {
  const all = pidsOf().flatMap(readProcess)
  const family = new Set([root])
  // A pid may be smaller than its parent's once pids have wrapped around, so one pass is not enough.
  for (let size = 0; size !== family.size;) {
    size = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  return all.filter(({ pid, isNode }) => isNode && family.has(pid))
}

/** What one process uses now; null when it is gone. */
export function measureProcess(pid: number): ProcessUse | null {
  const [found] = readProcess(pid)
  if (found === undefined) return null
  const { name, rssBytes, peakRssBytes, cpuSeconds } = found
  return { pid, name, rssBytes, peakRssBytes, cpuSeconds }
}

/**
 * User and system time of a process and its children, those that have ended included: Postgres has one for each
 * connection. Null when it is gone.
 */
export function measureFamilyCpu(pid: number): number | null {
  const [parent] = readProcess(pid)
  if (parent === undefined) return null
  const children = pidsOf().flatMap(readProcess)
  return children.reduce(
    (sum, child) => (child.parent === pid ? sum + child.cpuSeconds : sum),
    parent.cpuSeconds + parent.endedChildrenSeconds,
  )
}

/** The pid of the Kafka broker with this data directory; null when it runs in a container or on another machine. */
export const findKafka = (dataDir: string): number | null => findServer('kafka.Kafka', `-Dinsights.stack=${dataDir}`)

/** The pid of Postgres' first process with this data directory; null when it runs elsewhere. */
export const findPostgres = (dataDir: string): number | null => findServer('-D', join(dataDir, 'postgres'))

function findServer(...args: string[]): number | null {
  if (process.platform !== 'linux') return null
  const found = pidsOf().find((pid) => {
    const argv = readArgv(pid)
    return args.every((arg) => argv.includes(arg))
  })
  return found ?? null
}

const pidsOf = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/**
 * CPU of each process over a span, as a share of one core, and its memory at the end; those that ended are left out.
 */
export function measureUse(pids: readonly number[], now: () => number = () => performance.now()) {
  const startedAt = now()
  const before = new Map(pids.map((pid) => [pid, measureProcess(pid)]))
  return () =>
    pids.flatMap((pid) => {
      const [first, last] = [before.get(pid), measureProcess(pid)]
      if (!first || !last) return []
      const cpuShare = ((last.cpuSeconds - first.cpuSeconds) * 1000) / (now() - startedAt)
      return [{ pid, cpuShare, rssBytes: last.rssBytes }]
    })
}

function readArgv(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  } catch {
    return [] // it ended while we looked
  }
}

interface ProcessFacts extends ProcessUse {
  parent: number
  isNode: boolean
  endedChildrenSeconds: number
}

function readProcess(pid: number): ProcessFacts[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const argv = readArgv(pid)
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const memory = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024
    const seconds = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / TICKS_PER_SECOND
    return [
      {
        pid,
        parent: fields[1] ?? 0,
        isNode: /(^|\/)(node|npm)( |$)/.test(argv[0] ?? ''),
        name: nameOf(argv),
        rssBytes: memory('VmRSS'),
        peakRssBytes: memory('VmHWM'),
        cpuSeconds: seconds(11),
        endedChildrenSeconds: seconds(13),
      },
    ]
  } catch {
    return [] // it ended while we looked
  }
}

function nameOf(argv: string[]): string {
  const program = argv.findLast((argument) => /\.(ts|js|mjs|cjs)$/.test(argument)) ?? argv[0] ?? ''
  if (program.endsWith('/insights.mjs')) return `insights ${argv.at(-1)}`
  return program.replace(/^.*?((?:services|infra)\/[^/]+)\/src\/main\.ts$/, '$1')
}
