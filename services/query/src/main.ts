import { refuseOpenListening } from '@insights/runtime/http/api-keys'
import { type Part, runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import packageJson from '../package.json' with { type: 'json' }
import { readQueryConfig } from './config.ts'

const { common, api, projector } = readQueryConfig(process.env)
const { version } = packageJson
const log = createLogger({ service: api === null ? 'projector' : 'query', level: common.LOG_LEVEL })
const refusal = refuseOpenListening(common.HOST, common.API_KEYS, common.ALLOW_ANONYMOUS)
if (refusal !== null) {
  log.fatal(refusal)
  process.exit(1)
}

// Each half is loaded only where it runs: the API does without Kafka's client, the projector without slonik.
const halves: ((crash: (error: unknown) => void) => Part[])[] = []
if (api !== null) {
  const { apiParts } = await import('./api/api-parts.ts')
  halves.push(() => apiParts(api, { log, version }))
}
// The projector waits for its dependencies as it starts, so it comes last.
if (projector !== null) {
  const { projectorParts } = await import('./projector/projector-parts.ts')
  halves.push((crash) => projectorParts(projector, { log, version, crash }))
}

await runProcess({
  log,
  stopDeadlineMs: common.STOP_DEADLINE_MS,
  parts: (crash) => halves.flatMap((half) => half(crash)),
})
