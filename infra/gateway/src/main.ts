import { refuseOpenListening } from '@insights/runtime/http/api-keys'
import { runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/read-config'
import { createGateway } from './create-gateway.ts'
import { variables } from './config.ts'

const config = readConfig(variables, process.env)
const log = createLogger({ service: 'gateway', level: config.LOG_LEVEL })

// The services check the keys; but they listen on loopback, where they may be without, and the gateway would open them
// to all.
const refusal = refuseOpenListening(config.HOST, config.API_KEYS, config.ALLOW_ANONYMOUS)
if (refusal !== null) {
  log.fatal(refusal)
  process.exit(1)
}

const gateway = createGateway({ log, upstreams: { ingress: config.INGRESS_URL, query: config.QUERY_URL } })
await runProcess({
  log,
  stopDeadlineMs: config.STOP_DEADLINE_MS,
  parts: [
    {
      name: 'http',
      start: async () => void (await gateway.listen({ host: config.HOST, port: config.GATEWAY_PORT })),
      stop: () => gateway.close(),
    },
  ],
})
