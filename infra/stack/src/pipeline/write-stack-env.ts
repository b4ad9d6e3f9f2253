import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ownerOnly } from '../data-directory/prepare-data-dir.ts'
import { joinsKafka, processes } from '../processes/process-table.ts'

/** Writes the addresses that other processes join with, for their owner alone: they may hold a password. */
export async function writeStackEnv(dataDir: string, shared: Record<string, string>): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: ownerOnly() })
  // Further processes choose their own ports: the documented ones are taken by the supervised.
  const freePorts = Object.values(processes)
    .filter(joinsKafka)
    .flatMap(({ ports }) => ports.map(({ variable }) => [variable, '0']))
  const lines = [...Object.entries(shared), ...freePorts].map(([name, value]) => `${name}=${value}\n`)
  await writeFile(resolve(dataDir, 'stack.env'), lines.join(''), { mode: 0o600 })
}
