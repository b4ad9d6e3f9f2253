import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { jvmMark } from '../data-directory/clear-leftovers.ts'
import type { PartOptions, RunningPart } from '../servers/server.ts'
import { registryUsable } from '../servers/wait-until-usable.ts'
import { runServer } from './run-server.ts'
import { serverEnvironment } from './server-environment.ts'

/** Apicurio Registry, spoken to through its Confluent-compatible API. */
export async function startRegistry(
  { dataDir, env, report, signal }: PartOptions,
  { java, home, port, managementPort }: { java: string; home: string; port: number; managementPort: number },
): Promise<RunningPart> {
  const directory = join(dataDir, 'registry')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const address = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': managementPort,
    ...registrySettings(join(directory, 'registry')),
  }
  const server = await runServer(
    {
      name: 'registry',
      command: java,
      args: [
        jvmMark(dataDir),
        '-Xmx384m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
        '-jar',
        join(home, 'quarkus-run.jar'),
      ],
      env: serverEnvironment(env),
      logFile: join(dataDir, 'logs', 'registry.log'),
      stopSignal: 'SIGTERM',
      stopDeadlineMs: 10_000,
      startDeadlineMs: 90_000,
      usable: (abort) => registryUsable(address, abort),
      report,
    },
    signal,
  )
  return { address, servers: [server], stop: () => server.stop() }
}

/**
 * Apicurio's settings that matter to us, the same for process and container.
 *
 * Records carry schema ids, so an id must survive whatever happens to the registry. H2 writes half a second late unless
 * told otherwise: killed within it, the registry forgets schemas and gives their ids to others (seen). WRITE_DELAY=0
 * makes a registration durable before it is answered.
 *
 * Compatibility: Apicurio enforces none unless told, and says NONE for a subject without a rule of its own, which the
 * client refuses; a global rule settles both.
 *
 * @param file where H2 keeps its database, without the ending.
 */
export function registrySettings(file: string): Record<string, string> {
  return {
    'apicurio.rules.global.compatibility': 'BACKWARD',
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'h2',
    'apicurio.datasource.url': `jdbc:h2:file:${file};WRITE_DELAY=0`,
    'apicurio.datasource.jdbc.initial-size': '2',
    'apicurio.datasource.jdbc.min-size': '2',
    'apicurio.datasource.jdbc.max-size': '10',
  }
}
