import type { ApiKey } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { z } from 'zod'
import { parametersOf } from '../parameters/parameters-of.ts'
import { guardAdmin } from '../publishing/guard-admin.ts'
import type { Publish } from '../publishing/lazy-publisher.ts'
import { PUBLISH_PROBLEMS } from '../publishing/publish-problems.ts'
import { refusePublish } from '../publishing/refuse-publish.ts'
import { CONVERSATION_PATH, ConversationParams } from './conversation-path.ts'

const MESSAGE = 'Conversation queued for erasure'

const ErasureAccepted = z
  .object({ status: z.literal('accepted'), conversation_id: z.string(), message: z.literal(MESSAGE) })
  .meta({ examples: [{ status: 'accepted', conversation_id: 'ticket-4711', message: MESSAGE }] })

/** What a route that erases needs. */
export interface EraseRoute {
  publish: Publish
  /** Of `insights.produced`, with its prefix. */
  topic: string
  apiKeys: ApiKey[]
  limiter: RateLimiter
}

/** `DELETE /api/v1/conversations/{conversation_id}`: 202 once Kafka has acknowledged the tombstone. */
export function eraseConversation(server: HttpServer, route: EraseRoute): void {
  server.delete(
    CONVERSATION_PATH,
    {
      onRequest: guardAdmin(route),
      schema: {
        operationId: 'eraseConversation',
        summary: 'Erase a conversation',
        tags: ['conversations'],
        description:
          'Erases the conversation, its insight and its failures: all that was submitted of it until now. The erasure is published to ' +
          '`insights.produced`, and carried out in the tables a moment later; read the conversation until the answer is 404. An analysis ' +
          'that is still going on, a replay or a redrive brings nothing of it back; a newer submission does. May be repeated, and asked for ' +
          'an id that is not known (yet). What Kafka still holds of it goes by the retention of its topics.',
        params: ConversationParams,
        // An id with a ? in it that is not encoded: the part before it is another conversation.
        querystring: parametersOf({}),
        response: {
          202: {
            description: 'Kafka has acknowledged the erasure',
            headers: {
              Location: {
                description: 'Answers 404 once it is erased.',
                required: true,
                schema: { type: 'string', examples: ['/api/v1/conversations/ticket-4711'] },
              },
            },
            content: { 'application/json': { schema: ErasureAccepted } },
          },
          ...PUBLISH_PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { conversation_id } = request.params
      // Without a time of its own it erases up to its append, by the broker's clock, which dates submissions, too.
      const headers = [{ name: 'traceparent', value: request.traceparent }]
      const published = await route.publish([{ topic: route.topic, key: conversation_id, value: null, headers }])
      if (published.kind === 'away') return refusePublish(reply, published)
      if (published.kind === 'too_large') throw new Error(`a tombstone is too large for its topic: ${published.detail}`)
      // Not the id: it may be personal itself, and the log is to outlive it. The record has the same trace.
      request.log.info({ api_key: request.apiKey?.name ?? null }, 'erasure of a conversation published')
      return reply
        .code(202)
        .header('location', `/api/v1/conversations/${encodeURIComponent(conversation_id)}`)
        .send({ status: 'accepted', conversation_id, message: MESSAGE })
    },
  )
}
