import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess } from '@insights/stack/spawn-process'

/** What of `GET /__sim/stats` the benches read. Items are conversations in a call. */
export interface SimulatorStats {
  calls: number
  answered: number
  items: number
  in_flight: number
  max_calls_in_sliding_second: number
  refused: Record<string, number>
  /** Conversations that came although an earlier call with them had been answered, or was being: paid for twice. */
  repeated_items: number
}

/** One request that reached the simulator. */
export interface SimulatorCall {
  /** Milliseconds on the simulator's monotonic clock. */
  at_ms: number
  /** 200, or the kind of the fault that hit it, e.g. `unavailable`; null while its body is coming. */
  status_or_fault: number | string | null
  items: number
  connection: number
}

export interface Fault {
  kind: 'unavailable' | 'rate_limited' | 'wrong_key'
  next?: number
  for_ms?: number
  /** Seconds. */
  retry_after?: string
}

export interface Simulator {
  pid: number
  /** Without /v1. */
  origin: string
  stats(): Promise<SimulatorStats>
  /** The last `count` calls, oldest first. */
  calls(count: number): Promise<SimulatorCall[]>
  setFaults(faults: Fault[]): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The simulated Grok as a process of its own, without a limit: what is above the cap is to be measured, not refused.
 * `latency` is the time to an answer: log-normal around `medianMs`, 1 % five times as long, unless it is `fixed`.
 */
export async function startSimulator({
  latency,
  answers = 'scored',
}: {
  latency: { medianMs: number; fixed?: boolean }
  answers?: 'scored' | 'plain'
}): Promise<Simulator> {
  const { ports } = await choosePorts([{ for: 'simulator', preferred: null }], isPortFree, Math.random)
  const origin = `http://127.0.0.1:${ports[0]}`
  const running = await spawnProcess({
    name: 'grok-simulator',
    script: processes.simulator.program,
    env: {
      HOST: '127.0.0.1',
      LOG_LEVEL: 'error',
      SIMULATOR_PORT: String(ports[0]),
      SIMULATOR_RPS: '0',
      SIMULATOR_TPM: '0',
      SIMULATOR_LATENCY_MS: String(latency.medianMs),
      SIMULATOR_LATENCY_SIGMA: latency.fixed ? '0' : '0.35',
      SIMULATOR_LATENCY_TAIL_SHARE: latency.fixed ? '0' : '0.01',
    },
    readyUrl: `${origin}${processes.simulator.readyPath}`,
  })
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const post = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(origin + path, { ...post, signal: AbortSignal.timeout(5_000) })
    const text = await response.text()
    if (!response.ok) throw new Error(`the simulator answers ${path} with ${response.status}: ${text}`)
    return JSON.parse(text) as T
  }
  try {
    if (answers !== 'scored') await ask('/__sim/config', { answers })
  } catch (error) {
    await running.kill()
    throw error
  }
  return {
    pid: running.pid,
    origin,
    stats: () => ask('/__sim/stats'),
    calls: (count) => ask(`/__sim/calls?last=${count}`),
    setFaults: async (faults) => void (await ask('/__sim/config', { faults })),
    [Symbol.asyncDispose]: running.kill,
  }
}
