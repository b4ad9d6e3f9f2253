import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pidNamespace, processIdentity } from './list-processes.ts'

export interface Holder {
  pid: number
  /** See ProcessFacts.identity: tells the holder from a later process with its pid. */
  identity: string
  /** Where the pid means something, see pidNamespace. */
  namespace: string
  /** ISO 8601. */
  since: string
}
export type Claim = { ok: true; release(): Promise<void> } | { ok: false; holder: Holder }

/**
 * Makes this process the only holder of `directory`, which it creates, until `release` or its end.
 *
 * Each claimant writes a file of its own and only then looks for others, so of two at least one sees the other and
 * withdraws; no file is ever taken over, so clearing a dead holder's cannot remove a live one's. Two that met withdraw
 * both and try again after a random moment. Nothing needs to be cleaned up after a SIGKILL: a holder counts only while
 * its process lives or, where we cannot see its process (a container with the directory mounted, another machine),
 * while it refreshes its file.
 */
export async function claimDirectory(directory: string, now: () => Date, random: () => number): Promise<Claim> {
  await mkdir(directory, { recursive: true })
  const identity = await processIdentity(process.pid)
  if (identity === null) throw new Error('this process is not in the process list')
  const namespace = await pidNamespace()
  for (let attempt = 0; ; attempt++) {
    const mine = join(directory, `${process.pid}-${randomUUID()}.json`)
    const holder: Holder = { pid: process.pid, identity, namespace, since: now().toISOString() }
    await writeFile(`${mine}.new`, JSON.stringify(holder))
    await rename(`${mine}.new`, mine)
    const other = await findOther(directory, mine, namespace, now)
    if (other === null) return { ok: true, release: keepFresh(mine, now) }
    await rm(mine, { force: true })
    if (attempt === ATTEMPTS - 1) return { ok: false, holder: other }
    await sleep(20 + random() * 100)
  }
}

const ATTEMPTS = 4
const REFRESH_MS = 5_000
const FRESH_MS = 6 * REFRESH_MS

function keepFresh(path: string, now: () => Date): () => Promise<void> {
  // The process that removed the file took our directory with it; what needs the directory will fail and say so.
  const timer = setInterval(() => void utimes(path, now(), now()).catch(() => undefined), REFRESH_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await rm(path, { force: true })
  }
}

/** A live holder that is not `mine`. Files of dead ones are removed on the way. */
async function findOther(directory: string, mine: string, namespace: string, now: () => Date): Promise<Holder | null> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (path === mine || !name.endsWith('.json')) continue
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text === null) continue
    const holder = JSON.parse(text) as Holder
    const alive =
      holder.namespace === namespace
        ? (await processIdentity(holder.pid)) === holder.identity
        : (await ageMs(path, now)) < FRESH_MS
    if (alive) return holder
    await rm(path, { force: true })
  }
  return null
}

const ageMs = async (path: string, now: () => Date) => {
  const facts = await stat(path).catch(() => null)
  return facts === null ? Infinity : now().getTime() - facts.mtimeMs
}
