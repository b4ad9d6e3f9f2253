import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { promisify } from 'node:util'

export interface ProcessFacts {
  pid: number
  parent: number
  /** When it started, in a form that only serves to compare: a reused pid has another. */
  identity: string
  /** The command line, argument by argument; one string where the system does not tell them apart. */
  argv: string[]
  /** The working directory, where the system tells it. */
  cwd: string | null
}

/** Every process that we may look at. Zombies are left out: they hold nothing and end no sooner for being killed. */
export async function listProcesses(): Promise<ProcessFacts[]> {
  if (process.platform !== 'linux') return listWithPs()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const facts = await Promise.all(pids.map(readProcess))
  return facts.filter((fact) => fact !== null)
}

/** When the process with this pid started, or null when there is none. */
export async function processIdentity(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return (await listWithPs()).find((facts) => facts.pid === pid)?.identity ?? null
  return (await readStat(pid))?.identity ?? null
}

/**
 * Names the world that our pids belong to: a container that shares a directory with us has other ones, in which our
 * processes do not exist.
 */
export async function pidNamespace(): Promise<string> {
  if (process.platform !== 'linux') return hostname()
  return `${await bootId()} ${await readlink('/proc/self/ns/pid').catch(() => '')}`
}

async function readProcess(pid: number): Promise<ProcessFacts | null> {
  const stat = await readStat(pid)
  if (stat === null) return null
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  // A process of another user does not show where it works.
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null)
  return { pid, ...stat, argv: command.split('\0').slice(0, -1), cwd }
}

async function readStat(pid: number): Promise<{ parent: number; identity: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return text === null ? null : parseStat(text, await bootId())
}

let boot: Promise<string> | undefined
const bootId = () =>
  (boot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => '',
  ))

/**
 * The line of /proc/<pid>/stat (proc_pid_stat(5)). The name, second field, may hold spaces and brackets, so the rest is
 * counted from the last bracket: state, parent, …, start time in clock ticks since boot as field 22.
 */
export function parseStat(text: string, boot: string): { parent: number; identity: string } | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, parent, startTime] = [fields[0], fields[1], fields[19]]
  if (state === undefined || parent === undefined || startTime === undefined) return null
  return state === 'Z' || state === 'X' ? null : { parent: Number(parent), identity: `${boot} ${startTime}` }
}

async function listWithPs(): Promise<ProcessFacts[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,ppid=,stat=,lstart=,command='], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  })
  return parsePs(stdout)
}

/** Lines as `  501   1 S    Mon Nov 23 07:37:00 2026     /usr/bin/java -jar x`. */
export function parsePs(text: string): ProcessFacts[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/.exec(line)
    const [, pid, parent, state, identity, command] = match ?? []
    if (state === undefined || identity === undefined || command === undefined || state.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), identity, argv: [command], cwd: null }]
  })
}
