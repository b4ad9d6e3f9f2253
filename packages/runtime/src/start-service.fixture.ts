import { z } from 'zod'
import { exitOnFaults } from './config/exit-on-faults.ts'
import { createHealth } from './health.ts'
import { createHttpServer } from './http/http-server.ts'
import { listenAt } from './http/listen-at.ts'
import { createMetrics } from './metrics.ts'
import { readConfig } from './config/read-config.ts'
import { serviceVariables } from './config/shared-variables.ts'
import { startService } from './start-service.ts'

// A service for start-service.test.ts; its route asks for a stop and answers when the server is already closing.
const config = exitOnFaults('fixture', () => readConfig(z.object(serviceVariables), process.env))

await startService({
  name: 'fixture',
  version: '1.2.3',
  config,
  parts: ({ name, version, log }) => {
    const metrics = createMetrics({ service: name, version })
    const server = createHttpServer({ service: name, log, metrics, health: createHealth() })
    const closing = Promise.withResolvers<void>()
    server.addHook('preClose', async () => closing.resolve())
    server.get('/', async () => {
      process.kill(process.pid, 'SIGTERM')
      await closing.promise
      return { version }
    })
    return [
      listenAt({ host: config.HOST, port: 0 }, server),
      { name: 'address', start: () => log.info({ address: server.listeningOrigin }, 'listening') },
    ]
  },
})
