import { problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import type { Published } from './lazy-publisher.ts'

/**
 * Answers a write that Kafka has not acknowledged. Why is for the log, not the client. What is written may arrive all
 * the same, so the request must be one that may be sent twice.
 */
export function refusePublish(reply: FastifyReply, { reason }: Extract<Published, { kind: 'away' }>): FastifyReply {
  reply.server.sparingLog.warn(reason, { reason }, 'Kafka cannot be written to')
  return sendProblem(reply, KAFKA_UNAVAILABLE, { 'retry-after': 5 })
}

export const KAFKA_UNAVAILABLE = {
  type: problemType('kafka-unavailable'),
  title: 'Kafka cannot be written to at the moment',
  status: 503,
  detail:
    'Kafka has not acknowledged in time; it may have got the request nevertheless. Send it again a little later: ' +
    'twice is the same as once.',
}
