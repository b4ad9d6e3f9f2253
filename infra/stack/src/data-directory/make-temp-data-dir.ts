import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { claimDataDir, ownerOnly } from './prepare-data-dir.ts'
import { clearLeftovers } from './clear-leftovers.ts'
import { StackRefused } from '../servers/server.ts'

/**
 * A data directory for one run, in the system's folder for such. Runs that were killed before they could remove theirs
 * are cleared on the way, with their servers, which would run until the machine is shut down; live runs are left alone.
 */
export async function makeTempDataDir(): Promise<{
  dataDir: string
  cleared: string[]
  remove: () => Promise<void>
}> {
  const root = join(await realpath(tmpdir()), `conversation-insights-${userInfo().uid}`)
  await mkdir(root, { recursive: true })
  const cleared: string[] = []
  for (const name of await readdir(root)) {
    const line = await clearDead(join(root, name))
    if (line !== null) cleared.push(line)
  }
  const dataDir = await mkdtemp(join(root, 'run-'))
  // Postgres may have to run as another user, who must be able to reach its part of it.
  for (const directory of [root, dataDir]) await chmod(directory, ownerOnly())
  return { dataDir, cleared, remove: () => rm(dataDir, { recursive: true, force: true }) }
}

/** One that is only being made has no holder yet. */
const YOUNG_MS = 10_000

async function clearDead(directory: string): Promise<string | null> {
  const facts = await stat(directory).catch(() => null)
  if (facts === null || Date.now() - facts.mtimeMs < YOUNG_MS) return null
  try {
    const { release } = await claimDataDir(directory)
    const leftovers = await clearLeftovers(directory)
    await release()
    await rm(directory, { recursive: true, force: true })
    return leftovers.length === 0 ? null : `cleared what a killed run had left: ${leftovers.join(', ')}`
  } catch (error) {
    // It belongs to a process that is alive.
    if (error instanceof StackRefused) return null
    throw error
  }
}
