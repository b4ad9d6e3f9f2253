import { jsonPointer, problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import type { Refusal } from './ask-readers.ts'
import type { UnknownKeys } from './ask-insights.ts'

/** Answers a read that has no result. Why Postgres cannot be asked is for the log, not the client. */
export function refuseRead(reply: FastifyReply, refusal: Refusal | UnknownKeys): FastifyReply {
  switch (refusal.kind) {
    case 'away':
      reply.log.warn({ reason: refusal.reason }, 'Postgres cannot be asked')
      return refuseForNow(reply, {
        type: problemType('unavailable'),
        title: 'Insights cannot be read at the moment',
        detail: 'The database does not answer in time. Try again a little later.',
      })
    case 'shed':
      return refuseForNow(reply, {
        type: problemType('busy'),
        title: 'Too many wide windows are read at once',
        detail: 'Try again a little later, or ask for a window of at most a day.',
      })
    case 'unknown keys':
      return refuseKeys(reply, refusal)
  }
}

const refuseForNow = (reply: FastifyReply, problem: { type: string; title: string; detail: string }): FastifyReply =>
  sendProblem(reply, { ...problem, status: 503 }, { 'retry-after': 2 })

function refuseKeys(reply: FastifyReply, { unknown, known }: UnknownKeys): FastifyReply {
  const names = known.length === 0 ? 'there are none' : `these are: ${known.join(', ')}`
  return sendProblem(reply, {
    type: problemType('invalid-request'),
    title: 'The request does not match its schema',
    status: 422,
    detail: 'The query asks for keys of the metadata that insights are not counted and found by.',
    errors: unknown.map((key) => ({
      pointer: jsonPointer([`metadata.${key}`]),
      detail: `is no key that insights are found by; ${names}. Others are added to FACET_KEYS of the projector, with npm run rebuild`,
    })),
  })
}
