import type { ServerResponse } from 'node:http'
import type { HttpServer } from '@insights/runtime/http-server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { admitCall, decideAnswer, readKey, type Admission } from './decide-answer.ts'
import { grokModels } from './grok-models.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { SimulatorState } from './simulator-state.ts'

export interface GrokOptions {
  state: SimulatorState
  keys: readonly string[]
  /** Monotonic, in ms. */
  now: () => number
  /** Unix time, in ms. */
  wallClock: () => number
  newId: () => string
}

/**
 * The provider's side of the protocol, under /v1: chat completions and the model list, errors in xAI's shape. Every
 * request is counted at the moment it comes, before anything can refuse it: this is where the outbound cap is measured.
 */
export function serveGrok(server: HttpServer, options: GrokOptions): void {
  const { state, keys, now, wallClock, newId } = options
  const waiting = new Set<() => void>()

  server.register(
    async (v1) => {
      // As text, and under no schema of ours: what is wrong with a body must be said in xAI's words.
      v1.removeAllContentTypeParsers()
      v1.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
      v1.setErrorHandler<Error & { code?: string }>((error, _request, reply) => {
        const refusal = bodyFaults[error.code ?? '']?.()
        if (!refusal) throw error
        state.stats.decided(refusal)
        return refuse(reply, refusal)
      })
      v1.decorateRequest('arrivedAtMs', 0)
      v1.setNotFoundHandler((request, reply) => refuse(reply, refusals.unknownPath(request.method, request.url)))
      v1.addHook('onRequest', async (request, reply) => {
        const arrivedAtMs = now()
        state.stats.arrived(arrivedAtMs)
        request.setDecorator('arrivedAtMs', arrivedAtMs)
        reply.header('x-request-id', newId())
      })

      v1.get('/models', async (request, reply) => {
        const key = readKey(request.headers.authorization, keys)
        if (key.kind === 'refused') return refuse(reply, key)
        const data = grokModels.map(({ id, created }) => ({ id, created, object: 'model', owned_by: 'xai' }))
        return reply.send({ object: 'list', data })
      })

      v1.decorateRequest('admission')
      const admit = async (request: FastifyRequest, reply: FastifyReply) => {
        followCall(reply.raw, state)
        const { authorization } = request.headers
        const arrivedAtMs = request.getDecorator<number>('arrivedAtMs')
        const gate = { keys, rps: state.settings.rps, limit: state.limit }
        request.setDecorator<Admission>('admission', admitCall({ authorization, arrivedAtMs }, gate))
      }
      v1.post('/chat/completions', { onRequest: admit }, async (request, reply) => {
        const verdict = decideAnswer(
          {
            admission: request.getDecorator<Admission>('admission'),
            body: typeof request.body === 'string' ? request.body : '',
          },
          { seePrefix: state.seePrefix, now: Math.floor(wallClock() / 1000), newId },
        )
        state.stats.decided(verdict)
        if (verdict.kind === 'refused') {
          if (verdict.status !== 429)
            request.log.warn({ status: verdict.status, refusal: verdict.body }, 'call refused')
          return refuse(reply, verdict)
        }
        await waitOrEnd(state.nextLatencyMs(), reply.raw, waiting)
        return reply.send(verdict.body)
      })
    },
    { prefix: '/v1' },
  )

  // Stopping does not wait for simulated thinking: what is in flight is answered at once.
  server.addHook('preClose', async () => {
    for (const end of waiting) end()
  })
}

/** What Fastify finds wrong before a body is ours to read. */
const bodyFaults: Record<string, () => Refusal> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: refusals.notJsonMediaType,
  FST_ERR_CTP_BODY_TOO_LARGE: refusals.tooLarge,
}

/** Counts a call as in flight until its response is out or its caller is gone. */
function followCall(response: ServerResponse, state: SimulatorState): void {
  state.stats.began()
  response.once('close', () => state.stats.ended(response.writableFinished))
}

/** Waits `ms`, or less when the caller goes away or `waiting` is ended. */
function waitOrEnd(ms: number, response: ServerResponse, waiting: Set<() => void>): Promise<void> {
  if (ms < 1) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      response.off('close', end)
      waiting.delete(end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    response.once('close', end)
    waiting.add(end)
  })
}

function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const plain = typeof refusal.body === 'string'
  return reply
    .code(refusal.status)
    .type(plain ? 'text/plain; charset=utf-8' : 'application/json')
    .send(refusal.body)
}
