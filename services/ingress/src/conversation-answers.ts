import { describeProblem, problemType } from '@insights/runtime/http/problem'
import { ConversationAccepted } from './conversation-request.ts'

const accepted = {
  description: 'Kafka has acknowledged the conversation',
  headers: {
    Location: {
      description: 'Where to ask what became of it.',
      required: true,
      schema: { type: 'string', examples: ['/api/v1/conversations/ticket-4711'] },
    },
  },
  content: { 'application/json': { schema: ConversationAccepted } },
}

/** What `POST /api/v1/conversations` answers, for the description of the API. */
export const conversationAnswers = {
  202: accepted,
  400: describeProblem('Not JSON, or the Idempotency-Key is malformed', {
    type: problemType('not-json'),
    title: 'The body is not JSON',
    status: 400,
    detail: 'The body cannot be parsed as JSON.',
  }),
  401: describeProblem('No API key, or an unknown one'),
  403: describeProblem('The API key lacks the scope `ingest`', {
    type: problemType('forbidden'),
    title: 'The API key lacks a scope',
    status: 403,
    detail: 'This needs a key with the scope `ingest`.',
  }),
  408: describeProblem('The body did not arrive within 30 s'),
  413: describeProblem('Larger than INGRESS_MAX_BYTES'),
  415: describeProblem('Not application/json'),
  422: describeProblem('The body breaks the schema; `errors` lists every fault', {
    type: problemType('invalid-request'),
    title: 'The request does not match its schema',
    status: 422,
    detail: 'The body has 1 fault.',
    errors: [{ pointer: '/messages/0/text', detail: 'must have at least one character' }],
  }),
  429: describeProblem('More than INBOUND_RPS; see Retry-After', {
    type: problemType('rate-limited'),
    title: 'Too many conversations',
    status: 429,
    detail: 'More conversations per second than this key may send. Try again in 1 s.',
  }),
  503: describeProblem('Kafka has not acknowledged; see Retry-After', {
    type: problemType('not-accepted'),
    title: 'The conversation was not accepted',
    status: 503,
    detail:
      'Too much is waiting for Kafka already. Send it again with this conversation_id: that makes no second insight.',
    reason: 'queue_full',
    conversation_id: 'ticket-4711',
  }),
}
