import { chmod, mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { claimDirectory } from './claim-directory.ts'
import { StackRefused } from '../servers/server.ts'

/** What the stack keeps in its data directory; everything else there is not ours. */
const OURS = ['kafka', 'registry', 'postgres', 'postgres.new', 'logs']

/**
 * For its owner alone: it holds passwords and what customers wrote. Postgres runs as another user when we are root, who
 * must be able to enter, though not to look around.
 */
export const ownerOnly = (): number => (process.getuid?.() === 0 ? 0o711 : 0o700)

/** Makes the directory if needed and claims it for this process. Returns its real path and what gives it free again. */
export async function claimDataDir(wished: string): Promise<{ dataDir: string; release: () => Promise<void> }> {
  const made = await mkdir(wished, { recursive: true })
  const dataDir = await realpath(wished)
  // Any other directory may be shared: its mode is its owner's to decide.
  const isOurs = made !== undefined || (await stat(join(dataDir, 'lock')).catch(() => null)) !== null
  if (isOurs) await chmod(dataDir, ownerOnly())
  // Kafka's log.dirs is a list with commas, H2's address a list with semicolons.
  if (/[,;\n]/.test(dataDir)) {
    throw new StackRefused(`The data directory's path may hold no comma and no semicolon: ${dataDir}`)
  }
  const claim = await claimDirectory(join(dataDir, 'lock'), () => new Date(), Math.random)
  if (claim.ok) return { dataDir, release: claim.release }
  throw new StackRefused(
    `Another run uses ${dataDir} (process ${claim.holder.pid}, since ${claim.holder.since}): stop it first, ` +
      'or join it with the addresses in its stack.env.',
  )
}

/** To be called by the claim's holder, after leftovers were cleared. */
export async function wipeDataDir(dataDir: string): Promise<void> {
  for (const name of OURS) await rm(join(dataDir, name), { recursive: true, force: true })
}

/** Gives this run logs of its own and keeps those of the run before, and no older ones. */
export async function rotateLogs(dataDir: string): Promise<void> {
  const logs = join(dataDir, 'logs')
  await mkdir(logs, { recursive: true })
  await chmod(logs, 0o700)
  for (const name of ['kafka-1', 'kafka-2', 'kafka-3', 'registry', 'postgres']) {
    await rename(join(logs, `${name}.log`), join(logs, `${name}.previous.log`)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      },
    )
  }
}
