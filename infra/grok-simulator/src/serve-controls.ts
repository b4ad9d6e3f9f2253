import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { maxLoggedCalls } from './stats/log-calls.ts'
import { SettingsChange } from './settings.ts'
import type { SimulatorState } from './simulator-state.ts'

const CallsQuery = z.strictObject({ last: z.coerce.number().int().min(1).max(maxLoggedCalls).default(1000) })

/**
 * What a test or an operator reads and turns, under /__sim; no key is asked for. `config` takes any part of the
 * settings and answers with all of them; a wrong or unknown one is 422 and changes nothing. Another rate starts new
 * stats, as a reset does: the spans measured so far were those of another cap.
 *
 * `calls` lists the last requests. Writing all 20,000 takes some 20 ms in which arrivals are stamped late: read it when
 * the run is over, or ask for few.
 */
export function serveControls(server: HttpServer, state: SimulatorState): void {
  server.get('/__sim/stats', async () => state.stats.snapshot())
  server.get('/__sim/calls', { schema: { querystring: CallsQuery } }, async (request) =>
    state.calls.last(request.query.last),
  )
  server.post('/__sim/reset', (_request, reply) => {
    state.reset()
    reply.code(204).send()
  })
  server.get('/__sim/config', async () => state.show())
  server.post('/__sim/config', { schema: { body: SettingsChange } }, (request, reply) => {
    state.change(request.body)
    reply.send(state.show())
  })
}
