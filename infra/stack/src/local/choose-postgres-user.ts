import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StackRefused } from '../servers/server.ts'

const run = promisify(execFile)

/**
 * The user that Postgres runs as: ours, or, because it refuses to run as root, `postgres`, who is created if need be
 * and must be able to reach `paths`. Null means ours.
 */
export async function choosePostgresUser(paths: string[]): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null
  const user = (await findUser()) ?? (await createUser())
  for (const path of paths) {
    const closed = await closedFolder(dirname(path), user)
    if (closed === null) continue
    throw new StackRefused(
      `PostgreSQL refuses to run as root and runs as the user postgres, who cannot enter ${closed}: work as another user, ` +
        'put the project elsewhere, start Docker, or point DATABASE_URL at an existing one.',
    )
  }
  return user
}

async function findUser(): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

async function createUser(): Promise<{ uid: number; gid: number }> {
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined)
  const user = await findUser()
  if (user !== null) return user
  throw new StackRefused(
    'PostgreSQL refuses to run as root, and the user postgres could not be created: work as another user, start Docker, or ' +
      'point DATABASE_URL at an existing one.',
  )
}

/** The outermost folder on the way to `path` that the user may not enter. */
async function closedFolder(path: string, user: { uid: number; gid: number }): Promise<string | null> {
  const parent = dirname(path)
  const closed = parent === path ? null : await closedFolder(parent, user)
  if (closed !== null) return closed
  const facts = await stat(path)
  const bit = facts.uid === user.uid ? 0o100 : facts.gid === user.gid ? 0o010 : 0o001
  return (facts.mode & bit) === 0 ? path : null
}
