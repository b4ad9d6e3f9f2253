import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runJob } from '../processes/run-job.ts'
import { ServerFailed } from '../servers/server.ts'

/**
 * Sorting and case are Postgres' own, the same in every version and on every system; the C library's differ. Also what
 * the container is given.
 */
export const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']

/**
 * Makes a database cluster, beside, and renames it when complete: a killed initdb leaves nothing that looks like one.
 */
export async function initDatabase({
  initdb,
  directory,
  login,
  fsync,
  env,
  user,
  signal,
}: {
  initdb: string
  directory: string
  /** The superuser's name and password. */
  login: string
  fsync: boolean
  env: NodeJS.ProcessEnv
  user: { uid: number; gid: number } | null
  signal: AbortSignal
}): Promise<void> {
  const workplace = `${directory}.new`
  await rm(workplace, { recursive: true, force: true })
  await mkdir(workplace)
  const passwordFile = join(workplace, 'password')
  await writeFile(passwordFile, `${login}\n`)
  if (user !== null) await Promise.all([workplace, passwordFile].map((path) => chown(path, user.uid, user.gid)))
  const cluster = join(workplace, 'cluster')
  const args = [
    `--pgdata=${cluster}`,
    `--username=${login}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    ...LOCALE,
  ]
  await runJob({
    name: 'initdb',
    command: initdb,
    args: fsync ? args : [...args, '--no-sync'],
    env,
    user,
    signal,
  }).catch((error: Error) => {
    signal.throwIfAborted()
    throw new ServerFailed(`no database could be made in ${directory}: ${error.message}`)
  })
  await rename(cluster, directory)
  await rm(workplace, { recursive: true, force: true })
}
