import type { HttpServer } from '@insights/runtime/http/http-server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cutShort } from './faults/cut-short.ts'
import { decideAnswer, type Decision } from './answers/decide-answer.ts'
import { retryAfterHeader } from './faults/draw-fault.ts'
import type { FaultAct } from './faults/fault-act.ts'
import { actOf, isFaultKind } from './faults/fault-kinds.ts'
import { holdsPrivate } from './answers/find-private.ts'
import type { CallRecord } from './stats/log-calls.ts'
import { padBody } from './faults/pad-body.ts'
import { movedPath } from './faults/refusals.ts'
import { scoreConversation } from './answers/score-conversation.ts'
import { scorePlainly } from './answers/score-plainly.ts'
import { sendEncoded } from './faults/send-encoded.ts'
import { recordOf, refuse, toPayload } from './faults/send-refusal.ts'
import type { SimulatorState } from './simulator-state.ts'
import type { Waits } from './limits/wait-or-end.ts'

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
 * `POST /chat/completions`. What is refused, also by a fault, and what is reset is said at once; an answer, or the part
 * of it before it breaks off, comes after the time an answer takes. Under `movedPath` there are no faults: a caller
 * that follows the redirect gets an answer, and is counted as another call.
 */
export function serveCompletions(v1: HttpServer, options: GrokOptions, waits: Waits): void {
  const follow = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    followCall(reply, options.state, recordOf(request))
    done()
  }
  const serve = (faulty: boolean) => async (request: FastifyRequest, reply: FastifyReply) => {
    const decision = decide(request, options, faulty)
    noteDecision(request, decision, options.state)
    return send(request, reply, decision, options, waits)
  }
  v1.post('/chat/completions', { onRequest: follow }, serve(true))
  v1.post(movedPath, { onRequest: follow }, serve(false))
}

function decide(request: FastifyRequest, { state, keys, wallClock, newId }: GrokOptions, faulty: boolean): Decision {
  const { settings, limits } = state
  const { headers } = request
  const body = typeof request.body === 'string' ? request.body : ''
  const arrivedAtMs = recordOf(request).at_ms
  const leaks = holdsPrivate(settings.private, { headers, body })
  if (leaks) state.stats.leaked()
  return decideAnswer(
    { authorization: headers.authorization, arrivedAtMs, body, leaks },
    {
      gate: { keys, rps: settings.rps, tpm: settings.tpm, ...limits },
      faults: {
        markers: faulty && settings.markers,
        draw: (items) => (faulty ? state.drawFault(arrivedAtMs, items) : null),
        drawPlace: state.drawPlace,
      },
      seePrefix: state.seePrefix,
      score: settings.answers === 'plain' ? scorePlainly : scoreConversation,
      now: Math.floor(wallClock() / 1000),
      newId,
    },
  )
}

function noteDecision(request: FastifyRequest, decision: Decision, { stats }: SimulatorState): void {
  const { verdict, items, inVain, hit } = decision
  const act = hit && actOf(hit.fault)
  const record = recordOf(request)
  record.items = items.length
  record.status_or_fault = hit?.fault ?? verdict.status
  stats.sent(items, inVain)
  if (hit) stats.hit(hit.fault)
  // An answer that does not get to its caller is none.
  if (verdict.kind === 'refused' || !act?.cut) stats.decided(verdict)
  if (verdict.kind === 'refused' && !act?.refuse && verdict.status !== 429)
    request.log.warn({ status: verdict.status, refusal: verdict.body }, 'call refused')
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { verdict, hit }: Decision,
  { state, wallClock }: GrokOptions,
  waits: Waits,
): Promise<FastifyReply | void> {
  const { cut, encode }: Partial<FaultAct> = hit ? actOf(hit.fault) : {}
  if (hit?.retryAfter !== undefined) reply.header('retry-after', retryAfterHeader(hit.retryAfter, wallClock()))
  if (verdict.kind === 'answered' && cut?.where !== 'before_headers') await waits.wait(state.nextLatencyMs(), reply.raw)
  if (cut) return cutShort(reply, toPayload(verdict), cut, (response) => waits.wait(Infinity, response))
  if (encode) return sendEncoded(reply, toPayload(verdict), encode)
  if (verdict.kind === 'refused') return refuse(request, reply, verdict)
  if (verdict.padBytes === 0) return reply.send(verdict.body)
  const { contentType, body } = toPayload(verdict)
  return reply.type(contentType).send(padBody(body, verdict.padBytes))
}

/** Counts a call as in flight until its response is out, its caller is gone, or a fault reset its connection. */
function followCall({ raw: response }: FastifyReply, state: SimulatorState, record: CallRecord): void {
  state.stats.began()
  response.once('close', () => {
    const fate = record.status_or_fault
    const isFault = typeof fate === 'string' && isFaultKind(fate)
    state.stats.ended(response.writableFinished || (isFault && actOf(fate).cut?.how === 'reset'))
    if (!response.writableFinished && !isFault) record.status_or_fault = 'caller_gone'
  })
}
