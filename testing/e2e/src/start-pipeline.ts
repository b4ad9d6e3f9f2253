import { expectNoLeak, PRIVATE_TEXTS } from '@insights/fixtures/private-texts'
import { spawnService, type SpawnedService, type ServiceName } from '@insights/fixtures/spawn-service'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess, type SpawnedProcess } from '@insights/stack/spawn-process'

/** The three services and the simulator as real processes, as a test drives them. */
export interface Pipeline {
  simulator: SpawnedProcess & { url: string }
  services: Record<ServiceName, SpawnedService>
  /** kill −9, then the same command again, on the same port. Without `awaitReady` it need not be ready yet. */
  killAndStart(service: ServiceName, options?: { awaitReady?: boolean }): Promise<void>
  /** Rejects when an id, an author or metadata was in a prompt. */
  stop(): Promise<void>
}

/** @param env addresses and TOPIC_PREFIX; what it sets besides goes to every process. */
export async function startPipeline(env: Record<string, string>): Promise<Pipeline> {
  const wishes = ['simulator', 'ingress', 'analyzer', 'query', 'projector'].map((name) => ({
    for: name,
    preferred: null,
  }))
  const { ports } = await choosePorts(wishes, isPortFree, Math.random)
  const [simulatorPort, ingressPort, analyzerPort, queryPort, projectorPort] = ports.map(String)
  const url = `http://127.0.0.1:${simulatorPort}`
  const simulator = await spawnProcess({
    name: 'simulator',
    script: processes.simulator.program,
    env: {
      SIMULATOR_LATENCY_MS: '300',
      SIMULATOR_PRIVATE: PRIVATE_TEXTS.join(),
      ...env,
      SIMULATOR_PORT: simulatorPort ?? '',
    },
    readyUrl: `${url}${processes.simulator.readyPath}`,
  })
  const given: Record<string, string> = {
    GROK_BASE_URL: `${url}/v1`,
    GROK_API_KEY: 'simulator',
    INBOUND_RPS: '10000',
    LOG_LEVEL: 'info',
    ...env,
    INGRESS_PORT: ingressPort ?? '',
    ANALYZER_PORT: analyzerPort ?? '',
    QUERY_PORT: queryPort ?? '',
    PROJECTOR_PORT: projectorPort ?? '',
  }
  const [ingress, analyzer, query] = await Promise.all([
    spawnService('ingress', given),
    spawnService('analyzer', given),
    spawnService('query', given),
  ])
  const services = { ingress, analyzer, query }
  return {
    simulator: { ...simulator, url },
    services,
    killAndStart: async (service, options) => {
      await services[service].kill()
      services[service] = await spawnService(service, given, options)
    },
    stop: async () => {
      await Promise.all([ingress, analyzer, query].map((first) => first.kill()))
      await Promise.all(Object.values(services).map((service) => service.kill()))
      await expectNoLeak(url)
      await simulator.kill()
    },
  }
}
