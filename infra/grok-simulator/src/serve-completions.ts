import type { HttpServer } from '@insights/runtime/http-server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cutShort } from './cut-short.ts'
import { admitCall, decideAnswer, type Admission, type Verdict } from './decide-answer.ts'
import { retryAfterHeader, type Fault } from './draw-fault.ts'
import { actOf } from './fault-kinds.ts'
import type { CallRecord } from './log-calls.ts'
import { plainScore, scoreConversation } from './score-conversation.ts'
import { recordOf, refuse, toPayload } from './send-refusal.ts'
import type { SimulatorState } from './simulator-state.ts'
import type { Waits } from './wait-or-end.ts'

export interface GrokOptions {
  state: SimulatorState
  keys: readonly string[]
  /** Monotonic, in ms. */
  now: () => number
  /** Unix time, in ms. */
  wallClock: () => number
  newId: () => string
}

/** What is settled about a call when its head comes. */
interface Entry {
  admission: Admission
  fault: Fault | null
}

/**
 * `POST /chat/completions`. A fault is drawn for the calls that the key and the rate let in, so a caller above its rate
 * meets 429 during an outage as well. What a fault says or resets is said at once; a body that breaks off comes after the
 * time an answer takes.
 */
export function serveCompletions(v1: HttpServer, options: GrokOptions, waits: Waits): void {
  const { state, keys, wallClock, newId } = options

  v1.decorateRequest('entry')
  const admit = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const { authorization } = request.headers
    const record = recordOf(request)
    const call = { authorization, arrivedAtMs: record.at_ms }
    const admission = admitCall(call, { keys, rps: state.settings.rps, limit: state.limit })
    const fault = admission.kind === 'within' ? state.drawFault(record.at_ms) : null
    followCall(reply, state, { record, fault })
    request.setDecorator<Entry>('entry', { admission, fault })
    done()
  }
  v1.post('/chat/completions', { onRequest: admit }, async (request, reply) => {
    const { admission, fault } = request.getDecorator<Entry>('entry')
    const act = fault === null ? {} : actOf(fault.kind)
    const { verdict, items } = decideAnswer(
      { admission, refuse: act.refuse, body: typeof request.body === 'string' ? request.body : '' },
      {
        seePrefix: state.seePrefix,
        score: state.settings.answers === 'plain' ? () => plainScore : scoreConversation,
        now: Math.floor(wallClock() / 1000),
        newId,
      },
    )
    const record = recordOf(request)
    record.items = items.length
    record.status_or_fault = fault?.kind ?? verdict.status
    state.stats.sent(items, fault !== null || !isWhole(verdict))
    if (fault !== null) state.stats.hit(fault.kind)
    // An answer that does not get to its caller is none.
    if (verdict.kind === 'refused' || act.cut === undefined) state.stats.decided(verdict)
    if (verdict.kind === 'refused' && act.refuse === undefined && verdict.status !== 429)
      request.log.warn({ status: verdict.status, refusal: verdict.body }, 'call refused')

    if (fault?.retry_after !== undefined) reply.header('retry-after', retryAfterHeader(fault.retry_after, wallClock()))
    if (verdict.kind === 'answered' && act.cut?.where !== 'before_headers')
      await waits.wait(state.nextLatencyMs(), reply.raw)
    if (act.cut) return cutShort(reply, toPayload(verdict), act.cut, (response) => waits.wait(Infinity, response))
    return verdict.kind === 'refused' ? refuse(request, reply, verdict) : reply.send(verdict.body)
  })
}

/** Counts a call as in flight until its response is out, or its caller is gone, or its connection was reset by a fault. */
function followCall(
  { raw: response }: FastifyReply,
  state: SimulatorState,
  { record, fault }: { record: CallRecord; fault: Fault | null },
): void {
  const isReset = fault !== null && actOf(fault.kind).cut?.how === 'reset'
  state.stats.began()
  response.once('close', () => {
    state.stats.ended(response.writableFinished || isReset)
    if (!response.writableFinished && fault === null) record.status_or_fault = 'caller_gone'
  })
}

/** Answered, and not up to `max_completion_tokens` only: its caller has all it asked for. */
function isWhole(verdict: Verdict): boolean {
  return verdict.kind === 'answered' && verdict.body.choices[0].finish_reason === 'stop'
}
