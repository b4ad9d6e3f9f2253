import { requireScope, type ApiKey } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { conversationAnswers } from './conversation-answers.ts'
import { conversationRequest, type ConversationRequest } from './conversation-request.ts'
import { conversationIdFrom, deriveConversationId, deriveSubmissionId } from './derive-conversation-id.ts'
import type { IngressMetrics } from './ingress-metrics.ts'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import type { PublishConversation } from './publish-conversation.ts'
import { IDEMPOTENCY_KEY, readIdempotencyKey } from './read-idempotency-key.ts'
import { refuseMalformedKey, refuseNotPublished } from './refuse-conversation.ts'
import { takeToken } from '@insights/runtime/http/take-token'
import { toConversationReceived } from './to-conversation-received.ts'

export interface AcceptConversation {
  apiKeys: ApiKey[]
  limiter: RateLimiter
  /** Most messages of a conversation. */
  maxMessages: number
  publish: PublishConversation
  metrics: IngressMetrics
  /** A new UUIDv7. */
  newUuid: () => string
}

/**
 * `POST /api/v1/conversations`: 202 once Kafka has acknowledged (I1), else a problem (RFC 9457).
 *
 * Checked in this order: key and scope, rate, size, JSON, schema, Idempotency-Key. Every request takes a token before
 * its body is read, also one that turns out faulty: to read it and list its faults costs as much as a conversation, or
 * more.
 */
export function acceptConversation(server: HttpServer, o: AcceptConversation): void {
  server.post('/api/v1/conversations', {
    schema: {
      operationId: 'acceptConversation',
      summary: 'Queue a conversation for analysis',
      tags: ['conversations'],
      description:
        'Checks a conversation and queues it. Once this has answered 202 Kafka has it, and it will be analysed or its failure told. ' +
        'The same id again is a newer submission of the same conversation.',
      headers: Headers,
      body: conversationRequest(o.maxMessages),
      response: conversationAnswers,
    },
    onRequest: [requireScope(o.apiKeys, 'ingest'), takeToken(o.limiter)],
    onResponse: async (_request, reply) => o.metrics.countRejected(reply.statusCode),
    handler: async (request, reply) => {
      const idempotency = readIdempotencyKey(request.headers['idempotency-key'])
      if (!idempotency.ok) return refuseMalformedKey(reply, idempotency.detail)

      const ids = nameConversation(request.body, idempotency.key, request.apiKey, o.newUuid)
      const published = await o.publish(toConversationReceived(request.body, ids), request.traceparent)
      if (published.kind !== 'acknowledged') return refuseNotPublished(reply, published, ids.conversationId)

      o.metrics.countAccepted('http')
      return reply
        .code(202)
        .header('location', `/api/v1/conversations/${encodeURIComponent(ids.conversationId)}`)
        .send({
          status: 'accepted',
          conversation_id: ids.conversationId,
          message: 'Conversation queued for analysis',
        })
    },
  })
}

/** The caller's id comes first, then what the Idempotency-Key stands for, then a new one. */
function nameConversation(
  request: ConversationRequest,
  idempotencyKey: string | undefined,
  apiKey: ApiKey | null,
  newUuid: () => string,
): { conversationId: string; submissionId: string } {
  const uuid = newUuid()
  const owner = apiKey?.name ?? null
  if (idempotencyKey === undefined) {
    return { conversationId: request.conversation_id ?? conversationIdFrom(uuid), submissionId: uuid }
  }
  return {
    conversationId: request.conversation_id ?? deriveConversationId(idempotencyKey, owner),
    submissionId: deriveSubmissionId(idempotencyKey, owner, request),
  }
}

/** For the documentation; what breaks the rule is a 400 of ours and no 422. */
const Headers = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .meta({
      description:
        '1–255 characters, quoted or bare. Without a conversation_id, retries with the same key are the same conversation',
      pattern: IDEMPOTENCY_KEY,
      examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
    }),
})
