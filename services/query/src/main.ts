import { exitOnFaults } from '@insights/runtime/config/exit-on-faults'
import type { Part } from '@insights/runtime/lifecycle'
import { startService, type Service } from '@insights/runtime/start-service'
import packageJson from '../package.json' with { type: 'json' }
import { readQueryConfig } from './config.ts'

const { common, api, projector } = exitOnFaults('query', () => readQueryConfig(process.env))

// Each half is loaded only where it runs: the API loads Kafka's client when it first writes, the projector does without
// slonik.
const halves: ((service: Service) => Part[])[] = []
if (api !== null) {
  const { apiParts } = await import('./api/api-parts.ts')
  halves.push((service) => apiParts(api, service))
}
// The projector waits for its dependencies as it starts, so it comes last.
if (projector !== null) {
  const { projectorParts } = await import('./projector/projector-parts.ts')
  halves.push((service) => projectorParts(projector, service))
}

await startService({
  name: api === null ? 'projector' : 'query',
  version: packageJson.version,
  config: common,
  parts: (service) => halves.flatMap((half) => half(service)),
})
