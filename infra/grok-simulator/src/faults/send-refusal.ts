import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Payload } from './cut-short.ts'
import type { Verdict } from '../answers/decide-answer.ts'
import type { CallRecord } from '../stats/log-calls.ts'
import type { Refusal } from './refusals.ts'

/** Sends a refusal, and notes it in the list of calls. */
export function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  recordOf(request).status_or_fault ??= refusal.status
  const { status, contentType, body } = toPayload(refusal)
  return reply
    .code(status)
    .type(contentType)
    .headers(refusal.headers ?? {})
    .send(body)
}

/** The request's line in the list of calls. */
export function recordOf(request: FastifyRequest): CallRecord {
  return request.getDecorator<CallRecord>('record')
}

/** What a verdict is on the wire; xAI says some things in plain text. */
export function toPayload(verdict: Verdict): Payload {
  const { status, body } = verdict
  const isText = typeof body === 'string'
  const given = verdict.kind === 'refused' ? verdict.contentType : undefined
  return {
    status,
    contentType: given ?? (isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'),
    body: isText ? body : JSON.stringify(body),
  }
}
