import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessUse {
  pid: number
  name: string
  rssBytes: number
  /** User and system time since its start. */
  cpuSeconds: number
}

/** Linux counts CPU time in ticks of a hundredth of a second (USER_HZ). */
const TICKS_PER_SECOND = 100

/** What the Node processes below `root` (itself included) use now. Linux only: read from /proc. */
export function measureNodeProcesses(root: number): ProcessUse[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readProcess(Number(pid)))
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
  return found === undefined ? null : { pid, name: found.name, rssBytes: found.rssBytes, cpuSeconds: found.cpuSeconds }
}

/** The pid of the Kafka broker with this data directory; null when it runs in a container or on another machine. */
export function findKafka(dataDir: string): number | null {
  if (process.platform !== 'linux') return null
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const found = pids.map(Number).find((pid) => {
    const argv = readArgv(pid)
    return argv.includes('kafka.Kafka') && argv.includes(`-Dinsights.stack=${dataDir}`)
  })
  return found ?? null
}

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

function readProcess(pid: number): (ProcessUse & { parent: number; isNode: boolean })[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const argv = readArgv(pid)
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return [
      {
        pid,
        parent: fields[1] ?? 0,
        isNode: /(^|\/)(node|npm)( |$)/.test(argv[0] ?? ''),
        name: nameOf(argv),
        rssBytes: Number(rss?.[1] ?? 0) * 1024,
        cpuSeconds: ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND,
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
