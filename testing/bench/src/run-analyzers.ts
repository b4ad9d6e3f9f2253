import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess, type SpawnedProcess } from '@insights/stack/spawn-process'

export interface Member {
  /** `analyzer 1`, … */
  name: string
  env: Record<string, string>
  /** `http://127.0.0.1:<port>` */
  url: string
  process: SpawnedProcess
}

export interface Analyzers {
  /** Those that run, stopped ones (SIGSTOP) included, the longest-lived first. */
  members(): Member[]
  /** Starts another; resolves when it is ready, that is, a member of the group. */
  add(more?: Record<string, string>): Promise<Member>
  addMany(envs: Record<string, string>[]): Promise<Member[]>
  /** SIGKILL. */
  kill(member: Member): Promise<void>
  /** SIGTERM; resolves when it has drained and left. */
  leave(member: Member): Promise<void>
  /** Throws, with its output, when one has ended by itself. */
  check(): void
  [Symbol.asyncDispose](): Promise<void>
}

/** Analyzer processes with a common environment. Each keeps its port, so that one started again is where it was. */
export function runAnalyzers(env: Record<string, string>): Analyzers {
  let running: Member[] = []
  let count = 0
  const dead: string[] = []

  async function spawnMember(own: Record<string, string>): Promise<Member> {
    const name = `analyzer ${++count}`
    const url = `http://127.0.0.1:${own['ANALYZER_PORT']}`
    const process = await spawnProcess({
      name,
      script: processes.analyzer.program,
      // A clean stop waits for calls in flight, and one in a hundred takes 15 s.
      env: { HOST: '127.0.0.1', GROK_API_KEY: 'simulator', STOP_DEADLINE_MS: '60000', ...env, ...own },
      readyUrl: `${url}${processes.analyzer.readyPath}`,
      // A group with a dead or stopped member takes new ones in only when that one's session is over.
      readyDeadlineMs: 90_000,
      stopDeadlineMs: 70_000,
    })
    const member = { name, env: own, url, process }
    running.push(member)
    void watch(member)
    return member
  }

  async function watch(member: Member): Promise<void> {
    const how = await member.process.exited
    if (running.includes(member)) dead.push(`${member.name} ended by itself with ${how}:\n${member.process.output()}`)
  }

  async function addMany(envs: Record<string, string>[]): Promise<Member[]> {
    const wishes = envs.map((own) => ({ for: 'analyzer', preferred: Number(own['ANALYZER_PORT']) || null }))
    const { ports } = await choosePorts(wishes, isPortFree, Math.random)
    const started = await Promise.allSettled(
      envs.map((own, index) => spawnMember({ ...own, ANALYZER_PORT: String(ports[index]) })),
    )
    const failure = started.find((result) => result.status === 'rejected')
    if (failure !== undefined) throw failure.reason
    return started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }

  const forget = (member: Member) => (running = running.filter((other) => other !== member))

  return {
    members: () => running,
    addMany,
    add: async (own = {}) => (await addMany([own]))[0] as Member,
    kill: async (member) => {
      forget(member)
      await member.process.kill()
    },
    leave: async (member) => {
      forget(member)
      await member.process.stop()
    },
    check: () => {
      if (dead.length > 0) throw new Error(dead.join('\n'))
    },
    [Symbol.asyncDispose]: async () => {
      const last = running
      running = []
      await Promise.all(last.map(({ process }) => process.kill()))
    },
  }
}

/** The value of a metric's line, e.g. `insights_grok_calls_in_flight`; 0 when the process does not have it. */
export async function readMetric(member: Member, line: string): Promise<number> {
  const response = await fetch(`${member.url}/metrics`, { signal: AbortSignal.timeout(2_000) })
  const text = await response.text()
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `))
  return found === undefined ? 0 : Number(found.slice(line.length + 1))
}
