import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from './bench.ts'
import type { Analyzers, Member } from './run-analyzers.ts'

export interface Disturbance {
  /** Seconds since the first one. */
  at: number
  what: string
}

/**
 * Two minutes in which a group of three or more is killed, stopped, continued, joined and left. A stopped process is
 * longer away than its session lasts: when it goes on, its partitions belong to other analyzers.
 */
export async function disturbAnalyzers(
  analyzers: Analyzers,
  newcomer: Record<string, string>,
  { signal, say }: World,
): Promise<Disturbance[]> {
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const told: Disturbance[] = []
  const tell = (what: string) => {
    told.push({ at: Math.round(seconds() * 10) / 10, what })
    say(`  ${seconds().toFixed(1).padStart(6)} s  ${what}`)
  }
  const until = async (at: number) => {
    await sleep(Math.max(0, (at - seconds()) * 1000), undefined, { signal })
    analyzers.check()
  }
  const join = async (env: Record<string, string>, why: string) => {
    const member = await analyzers.add(env)
    tell(`${member.name} ${why}`)
  }
  const [killed, stopped, leaving] = analyzers.members() as [Member, Member, Member]
  const pending: Promise<void>[] = []
  const begin = (work: Promise<void>) => {
    work.catch(() => undefined) // it rejects where it is awaited
    pending.push(work)
  }

  await analyzers.kill(killed)
  tell(`${killed.name} killed`)
  begin(join(killed.env, 'has joined in its place'))
  await until(20)
  stopped.process.pause()
  tell(`${stopped.name} stopped (SIGSTOP)`)
  await until(60)
  stopped.process.resume()
  tell(`${stopped.name} continued`)
  await until(70)
  begin(join(newcomer, 'has joined'))
  await until(90)
  tell(`${leaving.name} told to stop (SIGTERM)`)
  begin(analyzers.leave(leaving).then(() => tell(`${leaving.name} has left`)))
  await until(120)
  await Promise.all(pending)
  return told
}
