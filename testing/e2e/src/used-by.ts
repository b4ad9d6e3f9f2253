import { readFileSync } from 'node:fs'
import type { SpawnedProcess } from '@insights/stack/spawn-process'

/** The most memory that a process has held so far, and the time that it has worked. */
export function usedBy({ name, pid }: SpawnedProcess): { name: string; megabytes: number; seconds: number } {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  // Behind the name in brackets: user and system time in hundredths of a second.
  const [user, system] = (/\) .*/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[0] ?? '').split(' ').slice(12, 14)
  return { name, megabytes: Math.round(Number(peak?.[1]) / 1024), seconds: (Number(user) + Number(system)) / 100 }
}
