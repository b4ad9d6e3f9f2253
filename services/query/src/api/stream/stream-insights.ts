import { Readable } from 'node:stream'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { describeProblem, jsonPointer, problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { type InsightSelection, metadataKeysOf } from '../selection/insight-selection.ts'
import { askInsights } from '../reading/ask-insights.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import type { Followers } from './follow-insights.ts'
import { decodePlaces, type Places } from './places.ts'
import { selectPlaces } from './select-arrivals.ts'
import { CURSOR_FAULT, StreamInsightsQuery, type StreamFilter } from './stream-query.ts'

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // The second is for proxies of the nginx kind, which would gather what should go out at once.
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
}

const EXAMPLE = `retry: 2000
id: WzEsWzQyXV0

event: insight
id: WzEsWzQzXV0
data: {"conversation_id":"conv_1","sentiment_score":-0.6,"clusters":["refund"],"confidence":0.9,"reasoning":"Asks for money back.","model":"grok-4.3","created_at":"2026-03-01T10:00:05.123Z","occurred_at":"2026-03-01T09:59:58.000Z","truncated":false}

`

/** `GET /api/v1/insights/stream`: insights as they become visible, as server-sent events. */
export function streamInsights(server: HttpServer, route: ReadRoute & { followers: Followers }): void {
  const { followers, readers } = route
  server.addHook('preClose', async () => followers.close())
  server.get(
    '/api/v1/insights/stream',
    {
      onRequest: guardRead(route),
      // An answer lasts as long as its client listens.
      config: { measured: false },
      schema: {
        operationId: 'streamInsights',
        summary: 'Follow insights as they come',
        tags: ['insights'],
        description: DESCRIPTION,
        querystring: StreamInsightsQuery,
        headers: z.looseObject({
          'last-event-id': z
            .string()
            .optional()
            .describe('The id of the last event that was received: the stream goes on behind it, and misses nothing.'),
        }),
        response: {
          200: {
            description: 'Server-sent events until either side ends the connection.',
            content: { 'text/event-stream': { schema: z.string().meta({ examples: [EXAMPLE] }) } },
          },
          ...READ_PROBLEMS,
          503: describeProblem(
            'The database does not answer in time, or as many streams are open as may be; see Retry-After',
            BUSY,
          ),
        },
      },
    },
    async ({ method, query, headers }, reply) => {
      if (method === 'HEAD') return sendBody(reply, Readable.from([]))
      const after = resumeAfter(headers['last-event-id'], query.after)
      if (after === 'unreadable') return refuseCursor(reply)
      const reservation = followers.reserve()
      if (reservation === null) return refuseClient(reply)
      try {
        const known = after ?? followers.places()
        // Nothing is asked where nothing is unknown: a thousand clients may come back at once.
        if (known !== null && metadataKeysOf(query.filter).length === 0)
          return sendBody(reply, reservation.open(query.filter, known).body)
        const asked = await askInsights(readers, toSelection(query.filter), async (reader) =>
          known === null ? selectPlaces(reader) : known,
        )
        if (asked.kind !== 'read') return refuseRead(reply, asked)
        return sendBody(reply, reservation.open(query.filter, asked.value).body)
      } finally {
        reservation.release()
      }
    },
  )
}

const sendBody = (reply: FastifyReply, body: Readable): FastifyReply => reply.headers(HEADERS).send(body)

const DESCRIPTION = `Each insight once it is visible in the list, for as long as the connection lasts, as server-sent events: \`event: insight\`, \`id\`, and as \`data\` the insight as the list gives it, in one line.

After a break, go on with the last \`id\` in \`Last-Event-ID\` (or \`last_event_id\`): nothing is missed, whatever the time between, and a rebuild of the tables does not matter. Browsers' EventSource does so by itself. A conversation that was analysed again comes again; of one that was analysed again, or erased, before its insight was sent, only what is there now is sent. An event may come twice around a break, and events of the same moment in any order.

An id without data only says how far the stream is, and comes with the comments that show every 15 seconds that the connection lives. A client that does not take what it is sent is disconnected when a megabyte waits for it.

The filters are those of the list, but for time and \`q\`: an insight is matched as it comes, and words of a search are found by the database alone. \`source\` and \`metadata.KEY\` go by what is known of the conversation when its insight becomes visible.`

/** The header is newer: a browser keeps the address it began with. An empty one is none. */
function resumeAfter(header: string | undefined, parameter: Places | null): Places | null | 'unreadable' {
  if (header === undefined || header === '') return parameter
  return decodePlaces(header) ?? 'unreadable'
}

/** A window of no length is cheap: only the keys of the metadata are looked at. */
const toSelection = (filter: StreamFilter): InsightSelection => ({
  ...filter,
  time: 'created_at',
  start: 0,
  end: 0,
  text: null,
})

const refuseCursor = (reply: FastifyReply): FastifyReply =>
  sendProblem(reply, {
    type: problemType('invalid-request'),
    title: 'The request does not match its schema',
    status: 422,
    detail: 'The header Last-Event-ID cannot be read.',
    errors: [{ pointer: jsonPointer(['last-event-id']), detail: CURSOR_FAULT }],
  })

const BUSY = {
  type: problemType('busy'),
  title: 'Too many event streams are open',
  status: 503,
  detail: 'This process serves as many as STREAM_MAX_CLIENTS lets it. Try again a little later.',
}
const refuseClient = (reply: FastifyReply): FastifyReply => sendProblem(reply, BUSY, { 'retry-after': 10 })
