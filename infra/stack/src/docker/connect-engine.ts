import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { LATE, within } from '@insights/runtime/deadline'
import type * as Testcontainers from 'testcontainers'
import { hasSignsOfEngine } from './look-for-engine.ts'

export interface Engine {
  testcontainers: typeof Testcontainers
  client: Testcontainers.ContainerRuntimeClient
  /** Where published ports are found. */
  host: string
}

const PATIENCE_MS = 10_000

/**
 * The container engine that testcontainers finds (DOCKER_HOST, the usual sockets, rootless ones, Docker Desktop's), or
 * null when none answers. Imported only when it is needed: it takes a quarter of a second and wants a newer Node than
 * the rest.
 */
export async function connectEngine(): Promise<Engine | null> {
  const { platform, env } = process
  const uid = process.getuid?.() ?? null
  if (!hasSignsOfEngine({ env, platform, home: homedir(), uid, exists: existsSync })) return null
  const testcontainers = await import('testcontainers')
  try {
    // A socket whose engine hangs must not hang us.
    const client = await within(PATIENCE_MS, testcontainers.getContainerRuntimeClient())
    if (client === LATE) return null
    const { host } = client.info.containerRuntime
    // Node may try ::1 first, where the engine need not publish.
    return { testcontainers, client, host: host === 'localhost' ? '127.0.0.1' : host }
  } catch {
    return null
  }
}

/** Marks what belongs to a data directory of this machine; the engine may serve others too. */
export const LABEL = 'conversation-insights.stack'
export const stackLabel = (dataDir: string) =>
  createHash('sha256').update(`${hostname()}\n${dataDir}`).digest('hex').slice(0, 16)
export const networkName = (dataDir: string) => `insights-${stackLabel(dataDir)}`

/** Removes containers and network that a killed run of this data directory left. Returns how many containers. */
export async function clearContainers({ client }: Engine, dataDir: string): Promise<number> {
  const { dockerode } = client.container
  const containers = await dockerode.listContainers({
    all: true,
    filters: { label: [`${LABEL}=${stackLabel(dataDir)}`] },
  })
  await Promise.all(containers.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })))
  const networks = await dockerode.listNetworks({ filters: { name: [networkName(dataDir)] } })
  await Promise.all(networks.map(({ Id }) => dockerode.getNetwork(Id).remove()))
  return containers.length
}
