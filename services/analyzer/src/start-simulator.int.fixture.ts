import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { expectNoLeak, PRIVATE_TEXTS } from '@insights/stack/private-texts'
import { spawnProcess } from '@insights/stack/spawn-process'

/** The simulated Grok as a process of its own: what it measures must not depend on how busy the test is. */
export async function startSimulator({ latencyMs = 100, env = {} as Record<string, string> } = {}) {
  const { ports } = await choosePorts([{ for: 'simulator', preferred: null }], isPortFree, Math.random)
  const url = `http://127.0.0.1:${ports[0]}`
  const running = await spawnProcess({
    name: 'grok-simulator',
    script: 'infra/grok-simulator/src/main.ts',
    env: {
      SIMULATOR_PORT: String(ports[0]),
      SIMULATOR_LATENCY_MS: String(latencyMs),
      SIMULATOR_PRIVATE: PRIVATE_TEXTS.join(),
      LOG_LEVEL: 'warn',
      ...env,
    },
    readyUrl: `${url}/healthz`,
  })
  const stats = async () => (await (await fetch(`${url}/__sim/stats`)).json()) as SimulatorStats
  const configure = async (change: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/__sim/config`, { method: 'POST', headers, body: JSON.stringify(change) })
    if (!answer.ok) throw new Error(await answer.text())
  }
  const reset = async () => {
    await expectNoLeak(url)
    await fetch(`${url}/__sim/reset`, { method: 'POST' })
  }
  const stop = async () => {
    try {
      await expectNoLeak(url)
    } finally {
      await running.kill()
    }
  }
  return { origin: url, url: `${url}/v1`, stats, configure, reset, stop }
}
interface SimulatorStats {
  calls: number
  items: number
  items_per_call_mean: number
  in_flight: number
  max_in_flight: number
  repeated_items: number
  max_calls_in_sliding_second: number
  refused: Record<string, number>
  faults: Record<string, number>
  cost_in_usd_ticks: number
}
