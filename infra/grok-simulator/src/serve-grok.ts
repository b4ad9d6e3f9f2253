import type { HttpServer } from '@insights/runtime/http/http-server'
import { readKey } from './limits/admit-call.ts'
import { grokModels } from './requests/grok-models.ts'
import { numberConnections } from './stats/log-calls.ts'
import { refusals, type Refusal } from './faults/refusals.ts'
import { recordOf, refuse } from './faults/send-refusal.ts'
import { serveCompletions, type GrokOptions } from './serve-completions.ts'
import { createWaits } from './limits/wait-or-end.ts'

/**
 * The provider's side of the protocol, under /v1: chat completions and the model list, errors in xAI's shape. Every
 * request is counted at the moment it comes, before anything can refuse it: this is where the outbound cap is measured.
 */
export function serveGrok(server: HttpServer, options: GrokOptions): void {
  const { state, keys, now, newId } = options
  const waits = createWaits()
  const numberOf = numberConnections()

  server.register(
    async (v1) => {
      // As text, and under no schema of ours: what is wrong with a body must be said in xAI's words.
      v1.removeAllContentTypeParsers()
      v1.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
      v1.setErrorHandler<Error & { code?: string }>((error, request, reply) => {
        const refusal = bodyFaults[error.code ?? '']?.()
        if (!refusal) throw error
        state.stats.decided(refusal)
        return refuse(request, reply, refusal)
      })
      v1.decorateRequest('record')
      v1.setNotFoundHandler((request, reply) =>
        refuse(request, reply, refusals.unknownPath(request.method, request.url)),
      )
      v1.addHook('onRequest', (request, reply, done) => {
        const arrivedAtMs = now()
        state.stats.arrived(arrivedAtMs)
        request.setDecorator('record', state.calls.add(arrivedAtMs, numberOf(request.raw.socket)))
        reply.header('x-request-id', newId())
        done()
      })

      v1.get('/models', async (request, reply) => {
        const key = readKey(request.headers.authorization, keys)
        if (key.kind === 'refused') return refuse(request, reply, key)
        recordOf(request).status_or_fault = 200
        const data = grokModels.map(({ id, created }) => ({ id, created, object: 'model', owned_by: 'xai' }))
        return reply.send({ object: 'list', data })
      })

      serveCompletions(v1, options, waits)
    },
    { prefix: '/v1' },
  )

  // Stopping does not wait for simulated thinking: what is in flight is answered at once, and what hangs is cut off.
  server.addHook('preClose', async () => waits.endAll())
}

/** What Fastify finds wrong before a body is ours to read. */
const bodyFaults: Record<string, () => Refusal> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: refusals.notJsonMediaType,
  FST_ERR_CTP_BODY_TOO_LARGE: refusals.tooLarge,
}
