import { execFile } from 'node:child_process'
import { access, constants, readdir, readFile, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { javaMajor, type Java } from './judge-prerequisites.ts'

/** Every Java on this machine, from JAVA_HOME, PATH and the places where systems and version managers put them. */
export async function findJavas(env: NodeJS.ProcessEnv): Promise<Java[]> {
  const candidates = [
    ...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : []),
    ...pathDirectories(env).map((directory) => join(directory, 'java')),
    ...(await Promise.all(javaFolders(env).map(listHomes))).flat(),
  ]
  const paths = await Promise.all(candidates.map((path) => realpath(path).catch(() => null)))
  const javas = await Promise.all([...new Set(paths)].map((path) => (path === null ? null : readJava(path))))
  return javas.filter((java) => java !== null)
}

/** The first executable of this name on PATH. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const directory of pathDirectories(env)) {
    const path = join(directory, name)
    if (await isExecutable(path)) return path
  }
  return null
}

const pathDirectories = (env: NodeJS.ProcessEnv) =>
  (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '')

/** Folders that hold one Java home per entry. */
function javaFolders(env: NodeJS.ProcessEnv): string[] {
  const system = ['/usr/lib/jvm', '/usr/lib64/jvm', '/usr/java', '/opt/java', '/Library/Java/JavaVirtualMachines']
  const homebrew = ['/opt/homebrew/opt', '/usr/local/opt', '/home/linuxbrew/.linuxbrew/opt']
  const own = [
    '.sdkman/candidates/java',
    '.jdks',
    '.jenv/versions',
    '.asdf/installs/java',
    '.local/share/mise/installs/java',
  ]
  const home = env.HOME
  return [
    ...system,
    ...homebrew,
    ...(home ? [...own, 'Library/Java/JavaVirtualMachines'].map((folder) => join(home, folder)) : []),
  ]
}

/** A home is the entry itself or, on macOS, `Contents/Home` in it. */
async function listHomes(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => [])
  return entries.flatMap((entry) => [
    join(folder, entry, 'bin', 'java'),
    join(folder, entry, 'Contents', 'Home', 'bin', 'java'),
  ])
}

/** A Java's `release` file tells its version without starting it; only what has none (a wrapper script) is asked. */
async function readJava(path: string): Promise<Java | null> {
  if (!(await isExecutable(path))) return null
  const release = await readFile(join(dirname(path), '..', 'release'), 'utf8').catch(() => '')
  const version = /^JAVA_VERSION="([^"]+)"/m.exec(release)?.[1] ?? (await askVersion(path))
  const major = version === null ? null : javaMajor(version)
  return major === null ? null : { path, version: major }
}

async function askVersion(path: string): Promise<string | null> {
  const answer = await promisify(execFile)(path, ['-version'], { timeout: 10_000 }).catch(() => null)
  return /version "([^"]+)"/.exec(answer?.stderr ?? '')?.[1] ?? null
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
