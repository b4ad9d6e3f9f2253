import { randomUUID } from 'node:crypto'
import { exitOnFaults } from '@insights/runtime/config/exit-on-faults'
import { listenAt } from '@insights/runtime/http/listen-at'
import { runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import { variables } from './config.ts'
import { createSimulator } from './create-simulator.ts'

const config = exitOnFaults('grok-simulator', () => readConfig(variables, process.env))
const log = createLogger({ service: 'grok-simulator', level: config.LOG_LEVEL })
const server = createSimulator({
  log,
  keys: config.SIMULATOR_API_KEY,
  seed: config.SIMULATOR_SEED,
  settings: {
    rps: config.SIMULATOR_RPS,
    tpm: config.SIMULATOR_TPM,
    private: config.SIMULATOR_PRIVATE,
    latency: {
      median_ms: config.SIMULATOR_LATENCY_MS,
      sigma: config.SIMULATOR_LATENCY_SIGMA,
      tail_share: config.SIMULATOR_LATENCY_TAIL_SHARE,
      tail_factor: config.SIMULATOR_LATENCY_TAIL_FACTOR,
    },
  },
  now: () => performance.now(),
  wallClock: Date.now,
  newId: randomUUID,
})

await runProcess({
  log,
  stopDeadlineMs: config.STOP_DEADLINE_MS,
  parts: [listenAt({ host: config.HOST, port: config.SIMULATOR_PORT }, server)],
})
