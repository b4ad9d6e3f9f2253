import { jsonPointer, problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import type { Refusal } from './ask-readers.ts'
import type { InsightRefusal, UnknownKeys } from './ask-insights.ts'

/** Answers a read that has no result. Why Postgres cannot be asked is for the log, not the client. */
export function refuseRead(reply: FastifyReply, refusal: Refusal | InsightRefusal): FastifyReply {
  switch (refusal.kind) {
    case 'away':
      reply.server.sparingLog.warn(refusal.reason, { reason: refusal.reason }, 'Postgres cannot be asked')
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
    case 'not searchable':
      return refusal.soon
        ? refuseForNow(reply, {
            type: problemType('unavailable'),
            title: 'Insights are being made searchable',
            detail: 'Their words are collected, which takes a while. Try again later, or without q.',
          })
        : refuseQuery(reply, 'The query looks for words, which insights are not searched by.', [
            { pointer: jsonPointer(['q']), detail: 'is not possible here: set TEXT_SEARCH=true of the projector' },
          ])
    case 'too frequent':
      return refuseForNow(reply, {
        type: problemType('busy'),
        title: 'Too many insights have these words',
        detail: 'They could not be counted in time. Ask for rarer words, for more of them, or for a narrower window.',
      })
  }
}

const refuseForNow = (reply: FastifyReply, problem: { type: string; title: string; detail: string }): FastifyReply =>
  sendProblem(reply, { ...problem, status: 503 }, { 'retry-after': 2 })

function refuseKeys(reply: FastifyReply, { unknown, known }: UnknownKeys): FastifyReply {
  const names = known.length === 0 ? 'there are none' : `these are: ${known.join(', ')}`
  const errors = unknown.map((key) => ({
    pointer: jsonPointer([`metadata.${key}`]),
    detail: `is no key that insights are found by; ${names}. Others are added to FACET_KEYS of the projector, with npm run rebuild`,
  }))
  return refuseQuery(
    reply,
    'The query asks for keys of the metadata that insights are not counted and found by.',
    errors,
  )
}

const refuseQuery = (reply: FastifyReply, detail: string, errors: { pointer: string; detail: string }[]) =>
  sendProblem(reply, {
    type: problemType('invalid-request'),
    title: 'The request does not match its schema',
    status: 422,
    detail,
    errors,
  })
