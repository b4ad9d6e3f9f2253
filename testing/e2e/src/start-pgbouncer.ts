import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'

/** A user of every Linux; PgBouncer refuses to run as root. */
const UNPRIVILEGED = 65_534

interface Pgbouncer {
  /** The same address, through it. */
  through(databaseUrl: string): string
  stop(): Promise<void>
}

/**
 * A real PgBouncer in transaction mode before a Postgres, for those of `databaseUrls`, which all lead to one database.
 * Null, with a line that says so, where the program is not installed; with REQUIRE_PGBOUNCER=true that is an error.
 */
export async function startPgbouncer(databaseUrls: string[], env: NodeJS.ProcessEnv): Promise<Pgbouncer | null> {
  const program = [...(env.PATH ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, 'pgbouncer'))
    .find((path) => existsSync(path))
  if (program === undefined) {
    const what = 'PgBouncer is not installed (apt-get install pgbouncer)'
    if (env.REQUIRE_PGBOUNCER === 'true') throw new Error(`${what}, and REQUIRE_PGBOUNCER is true`)
    console.log(`${what}: this runs on Postgres itself`)
    return null
  }
  const [first = ''] = databaseUrls
  const { hostname, port } = new URL(first)
  const { ports } = await choosePorts([{ for: 'pgbouncer', preferred: null }], isPortFree, Math.random)
  const directory = await mkdtemp(join(tmpdir(), 'insights-pgbouncer-'))
  const users = databaseUrls.map((databaseUrl) => {
    const { username, password } = new URL(databaseUrl)
    return [username, password].map((part) => `"${decodeURIComponent(part).replaceAll('"', '""')}"`).join(' ')
  })
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: ports[0],
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: join(directory, 'users.txt'),
    pool_mode: 'transaction',
    default_pool_size: 10,
    max_client_conn: 200,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  const files = {
    'users.txt': users.join('\n'),
    'pgbouncer.ini': `[databases]\n* = host=${hostname} port=${port}\n[pgbouncer]\n${lines.join('\n')}\n`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { mode: 0o600 })
  const isRoot = process.getuid?.() === 0
  if (isRoot)
    for (const path of [directory, ...Object.keys(files).map((name) => join(directory, name))])
      await chown(path, UNPRIVILEGED, UNPRIVILEGED)

  const child = spawn(program, [join(directory, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
  })
  let output = ''
  const exited = once(child, 'exit')
  const { promise: up, resolve: isUp } = Promise.withResolvers<'up'>()
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-10_000)
    // Said when it listens.
    if (output.includes('process up')) isUp('up')
  })
  // A test run that exits early leaves no process behind.
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  if ((await Promise.race([up, exited])) !== 'up') throw new Error(`PgBouncer ended. Its output:\n${output}`)
  return {
    through: (databaseUrl) => {
      const url = new URL(databaseUrl)
      url.host = `127.0.0.1:${ports[0]}`
      return url.href
    },
    stop: async () => {
      process.off('exit', killWithUs)
      child.kill('SIGKILL')
      await exited
      await rm(directory, { recursive: true })
    },
  }
}
