import { exitOnFaults } from '@insights/runtime/config/exit-on-faults'
import { toAllowedHosts } from '@insights/runtime/http/guard-access'
import { listenAt } from '@insights/runtime/http/listen-at'
import { readConfig } from '@insights/runtime/config/read-config'
import { startService } from '@insights/runtime/start-service'
import packageJson from '../package.json' with { type: 'json' }
import { createGateway } from './create-gateway.ts'
import { variables } from './config.ts'

const config = exitOnFaults('gateway', () => readConfig(variables, process.env))

// The services check the keys; but they listen on loopback, where they may be without, and the gateway would open them
// to all: readConfig refuses that.
await startService({
  name: 'gateway',
  version: packageJson.version,
  config,
  parts: ({ log }) => {
    const gateway = createGateway({
      log,
      upstreams: { ingress: config.INGRESS_URL, query: config.QUERY_URL },
      access: { apiKeys: config.API_KEYS, hosts: toAllowedHosts(config) },
    })
    return [listenAt({ host: config.HOST, port: config.GATEWAY_PORT }, gateway)]
  },
})
