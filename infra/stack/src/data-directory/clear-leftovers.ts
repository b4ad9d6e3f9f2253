import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listProcesses, type ProcessFacts } from './list-processes.ts'
import { StackRefused } from '../servers/server.ts'

/** An argument that every JVM of ours carries, so that an orphan is known for ours without doubt. */
export const jvmMark = (dataDir: string) => `-Dinsights.stack=${dataDir}`
export const postgresDir = (dataDir: string) => join(dataDir, 'postgres')

/**
 * Ends what a killed run of this data directory left behind, and removes Postgres' lock file. To be called by the
 * holder of the directory's claim: then whatever is marked with it is an orphan. Kafka's `.lock` files are locks of the
 * operating system and end with their process.
 *
 * @returns what was ended, with the pids.
 */
export async function clearLeftovers(dataDir: string): Promise<string[]> {
  const orphans = findOurs(await listProcesses(), dataDir)
  for (const { pid } of orphans) signal(pid, 'SIGKILL')
  await gone(dataDir, orphans)
  // Postgres itself would trust a lock file whose pid has gone to another process by now and refuse to start.
  const lockFile = join(postgresDir(dataDir), 'postmaster.pid')
  const stale = await access(lockFile).then(
    () => true,
    () => false,
  )
  await rm(lockFile, { force: true })
  const named = Map.groupBy(orphans, ({ argv }) => describe(argv))
  return [
    ...[...named].map(([what, processes]) => `${what} (${processes.map(({ pid }) => pid).join(', ')})`),
    ...(stale && orphans.length === 0 ? ["Postgres' lock file"] : []),
  ]
}

/**
 * The processes that this data directory's servers are, and no other: a JVM with our mark, a postmaster started on our
 * directory, and what works inside it (Postgres' own children do). A process that merely mentions the path, an editor
 * with a log file open or a shell, is none of them.
 */
export function findOurs(processes: ProcessFacts[], dataDir: string): ProcessFacts[] {
  const postgres = postgresDir(dataDir)
  const isServer = ({ argv, cwd }: ProcessFacts) => {
    const [program = '', ...args] = argv
    if (/(^|\/)java$/.test(program)) return args.includes(jvmMark(dataDir))
    // The postmaster is called by its path; its children call themselves `postgres: checkpointer` and the like.
    if (/(^|\/)postgres$/.test(program)) return args[args.indexOf('-D') + 1] === postgres
    if (program.startsWith('postgres: ')) return cwd === postgres
    // Where arguments are not told apart: the server's own beginning, and our mark with spaces around it.
    const has = (mark: string) => args.length === 0 && `${program} `.includes(` ${mark} `)
    if (/^(\S*\/)?java\s/.test(program)) return has(jvmMark(dataDir))
    return /^(\S*\/)?postgres\s/.test(program) && has(`-D ${postgres}`)
  }
  return processes.filter((facts) => facts.pid !== process.pid && isServer(facts))
}

function describe(argv: string[]): string {
  const command = argv.join(' ')
  if (command.includes('kafka.Kafka')) return 'a Kafka broker'
  return command.includes('quarkus-run.jar') ? 'the schema registry' : 'Postgres'
}

/** Signals a process; one that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function gone(dataDir: string, orphans: ProcessFacts[]): Promise<void> {
  for (let left = orphans, tries = 0; left.length > 0; tries++) {
    if (tries === 100) {
      const pids = left.map(({ pid }) => pid).join(', ')
      throw new StackRefused(`Servers of a killed run still use ${dataDir} and do not end: processes ${pids}.`)
    }
    await sleep(50)
    left = findOurs(await listProcesses(), dataDir)
  }
}
