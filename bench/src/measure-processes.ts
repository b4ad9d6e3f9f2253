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

function readProcess(pid: number): (ProcessUse & { parent: number; isNode: boolean })[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
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
  return program.replace(/^.*?((?:services|infra)\/[^/]+)\/src\/main\.ts$/, '$1')
}
