import type { HttpServer } from '@insights/runtime/http/http-server'
import { describeProblem, problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { parametersOf } from '../parameters/parameters-of.ts'
import { askReaders } from '../reading/ask-readers.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { conversationExample } from './conversation-example.ts'
import { Conversation } from './conversation.ts'
import { CONVERSATION_PATH, ConversationParams } from './conversation-path.ts'
import { selectConversation } from './select-conversation.ts'
import { sendTagged } from './send-tagged.ts'
import { toJson } from './to-json.ts'

const UNKNOWN =
  'Nothing is known of it: it was never submitted, it was erased, or it is older than RETENTION_DAYS. What was submitted a moment ' +
  'ago is known as soon as the projector has read it.'

/** `GET /api/v1/conversations/{conversation_id}`: what became of a conversation. */
export function getConversation(server: HttpServer, route: ReadRoute): void {
  server.get(
    CONVERSATION_PATH,
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'getConversation',
        summary: 'What became of a conversation',
        tags: ['conversations'],
        description:
          'The newest submission of a conversation with its status and times, its insight, its failure, and what was said. The answer is ' +
          'for no cache, so that nothing keeps what is erased; a client that asks again sends the `ETag` as `If-None-Match`, and is ' +
          'answered 304 where nothing has changed.',
        params: ConversationParams,
        querystring: parametersOf({}),
        headers: z.looseObject({
          'if-none-match': z.string().optional().describe('The ETag of an answer before: 304 if it still holds.'),
        }),
        response: {
          200: {
            description: 'The conversation',
            headers: ETAG,
            content: { 'application/json': { schema: Conversation.meta({ examples: [conversationExample] }) } },
          },
          304: z.undefined().describe('Nothing has changed since the answer with this ETag'),
          404: describeProblem('Never submitted, erased, older than RETENTION_DAYS, or not projected yet', NOT_KNOWN),
          ...READ_PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { conversation_id } = request.params
      const asked = await askReaders(route.readers, 'cheap', (reader) => selectConversation(reader, conversation_id))
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      if (asked.value === null) return refuseConversation(reply)
      return sendTagged(request, reply, toJson(asked.value))
    },
  )
}

function refuseConversation(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, NOT_KNOWN)
}

const NOT_KNOWN = {
  type: problemType('unknown-conversation'),
  title: 'The conversation is not known',
  status: 404,
  detail: UNKNOWN,
}
const ETAG = {
  ETag: { description: 'Of the whole answer.', required: true, schema: { type: 'string', examples: ['"q2Jr0Xh5"'] } },
}
