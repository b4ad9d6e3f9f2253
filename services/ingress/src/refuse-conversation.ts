import { problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import type { Published, Unavailable } from './publish-conversation.ts'

/** 400 */
export function refuseMalformedKey(reply: FastifyReply, detail: string): FastifyReply {
  const type = problemType('idempotency-key-malformed')
  return sendProblem(reply, { type, title: 'The Idempotency-Key header is malformed', status: 400, detail })
}

/** 413 when no retry can fix it, else 503. */
export function refuseNotPublished(
  reply: FastifyReply,
  published: Exclude<Published, { kind: 'acknowledged' }>,
  conversationId: string,
): FastifyReply {
  if (published.kind === 'too_large') {
    const detail = 'The conversation does not fit into one record of its topic.'
    return sendProblem(reply, {
      type: problemType('too-large'),
      title: 'The conversation is too large',
      status: 413,
      detail,
    })
  }
  const problem = {
    type: problemType('not-accepted'),
    title: 'The conversation was not accepted',
    status: 503,
    // A timeout may hide a success. The same id makes the retry the same conversation, even if none was given.
    detail: `${UNAVAILABLE[published.reason]} Send it again with this conversation_id: that makes no second insight.`,
    reason: published.reason,
    conversation_id: conversationId,
  }
  return sendProblem(reply, problem, { 'retry-after': published.retryAfter })
}

const UNAVAILABLE: Record<Unavailable, string> = {
  not_ready: 'Ingress has not got its event schemas yet.',
  queue_full: 'Too much is waiting for Kafka already.',
  stopped: 'Ingress is stopping.',
  timeout: 'Kafka has not acknowledged in time; it may have got the conversation nevertheless.',
}
