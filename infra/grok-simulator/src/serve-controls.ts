import type { HttpServer } from '@insights/runtime/http-server'
import { SettingsChange } from './settings.ts'
import type { SimulatorState } from './simulator-state.ts'

/**
 * What a test or an operator reads and turns, under /__sim; no key is asked for. `config` takes any part of the settings
 * and answers with all of them; a wrong or unknown one is 422 and changes nothing. Another
 * rate begins the stats anew, as a reset does: the spans measured so far were those of another cap.
 */
export function serveControls(server: HttpServer, state: SimulatorState): void {
  server.get('/__sim/stats', async () => state.stats.snapshot())
  server.post('/__sim/reset', (_request, reply) => {
    state.reset()
    reply.code(204).send()
  })
  server.get('/__sim/config', async () => state.settings)
  server.post('/__sim/config', { schema: { body: SettingsChange } }, (request, reply) => {
    state.change(request.body)
    reply.send(state.settings)
  })
}
