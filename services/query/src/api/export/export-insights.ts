import { finished, Readable } from 'node:stream'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { describeProblem, problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { askPostgres } from '../reading/ask-postgres.ts'
import { askInsights } from '../reading/ask-insights.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { ExportInsightsQuery, type ExportQuery } from './export-query.ts'
import { type Export, LINES_PER_PAGE, openExport } from './open-export.ts'
import { HEADINGS, LINE_ENDS, type Format, selectLines } from './select-lines.ts'

export interface ExportOptions {
  databaseUrl: string
  /** EXPORTS_AT_ONCE */
  mostAtOnce: number
}

/** While it reads, Postgres cannot clean up behind the projector. */
const MOST_MS = 3_600_000

const CONTENT_TYPES: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
}

/** `GET /api/v1/insights/export`: all insights of a selection, streamed. */
export function exportInsights(server: HttpServer, route: ReadRoute & ExportOptions): void {
  let running = 0
  server.get(
    '/api/v1/insights/export',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'exportInsights',
        summary: 'Export insights',
        tags: ['insights'],
        description: DESCRIPTION,
        querystring: ExportInsightsQuery,
        response: {
          200: {
            description: 'All insights of the filter, newest first, one in each line.',
            content: {
              'text/csv': { schema: z.string().meta({ examples: [CSV_EXAMPLE] }) },
              'application/x-ndjson': {
                schema: z.string().meta({ examples: [NDJSON_EXAMPLE] }),
              },
            },
            headers: {
              'Content-Disposition': {
                description: 'A name for the file.',
                required: true,
                schema: {
                  type: 'string',
                  examples: ['attachment; filename="insights-20261101T000000Z-20261201T000000Z.csv"'],
                },
              },
            },
          },
          ...READ_PROBLEMS,
          503: describeProblem(
            'The database does not answer in time, or as many exports run as may at once; see Retry-After',
            BUSY,
          ),
        },
      },
    },
    async ({ method, query }, reply) => {
      if (method === 'HEAD') return sendBody(reply, query, Readable.from([]))
      if (running >= route.mostAtOnce) return refuseExport(reply)
      running++
      const lines = openExport(route.databaseUrl, selectLines(query.selection, query.format))
      const limit = setTimeout(() => reply.raw.destroy(), MOST_MS)
      // The last that happens, whether all was sent, the client has left or Postgres broke off.
      finished(reply.raw, () => {
        clearTimeout(limit)
        void lines.close().finally(() => running--)
      })
      // Only whether the tables know what is asked for.
      const asked = await askInsights(route.readers, query.selection, async () => null, 'cheap')
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      // The client has left already, and what is opened now would stay open.
      if (reply.raw.destroyed) return refuseExport(reply)
      // What fails before the first lines are there is answered; later only the connection can tell.
      const first = await askPostgres(() => lines.next())
      if (first.kind !== 'read') return refuseRead(reply, first)
      return sendBody(reply, query, writeLines(lines, first.value, query.format))
    },
  )
}

const DESCRIPTION = `All insights that the list has for the same parameters, newest first, of one moment, however many there are. It is sent as it is read. An export that came whole ends as HTTP says (the last chunk, of length 0); one that fails meanwhile is broken off, and clients report that: a file is whole only when its download was.

**ndjson** is exact: in each line an insight as the list gives it. **csv** is RFC 4180 in UTF-8 with a byte order mark, and made for spreadsheets: a heading, texts in quotes, \`clusters\` as a JSON array. A text that begins with \`=\`, \`+\`, \`-\`, \`@\`, a tab, a line break, an apostrophe, or one of these signs in full width, has an apostrophe before it, so that no spreadsheet takes it for a formula; who takes one leading apostrophe from each text has what was there. Numbers stay numbers.

A process serves EXPORTS_AT_ONCE of them at once. A client that takes nothing for a minute is disconnected, and so is one that takes longer than an hour in all.`

/** One page is read while the one before is sent, and none before that one is taken. */
function writeLines(lines: Export, first: string[], format: Format): Readable {
  const end = LINE_ENDS[format]
  async function* write(): AsyncGenerator<string> {
    if (HEADINGS[format] !== '') yield HEADINGS[format]
    for (let page = first; page.length > 0;) {
      const next = page.length < LINES_PER_PAGE ? Promise.resolve([]) : lines.next()
      // It may fail while the page before is not taken yet.
      next.catch(() => undefined)
      yield page.join(end) + end
      page = await next
    }
  }
  return Readable.from(write(), { highWaterMark: 1 })
}

function sendBody(reply: FastifyReply, { format, selection }: ExportQuery, body: Readable): FastifyReply {
  const [start, end] = [selection.start, selection.end].map((ms) =>
    new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, ''),
  )
  return reply
    .headers({
      'content-type': CONTENT_TYPES[format],
      'content-disposition': `attachment; filename="insights-${start}-${end}.${format}"`,
      'cache-control': 'no-store',
    })
    .send(body)
}

const BUSY = {
  type: problemType('busy'),
  title: 'Too many exports run at once',
  status: 503,
  detail: 'This process serves as many as EXPORTS_AT_ONCE lets it. Try again when one has ended.',
}
const refuseExport = (reply: FastifyReply): FastifyReply => sendProblem(reply, BUSY, { 'retry-after': 10 })

const CSV_EXAMPLE = `\uFEFFconversation_id,sentiment_score,clusters,confidence,reasoning,model,created_at,occurred_at,truncated\r
"ticket-4711",-0.72,"[""delivery""]",0.91,"The order arrived broken.","grok-4.3",2026-11-28T09:14:31.204Z,2026-11-28T09:14:05.000Z,false\r
`
const NDJSON_EXAMPLE = `{"conversation_id":"ticket-4711","sentiment_score":-0.72,"clusters":["delivery"],"confidence":0.91,"reasoning":"The order arrived broken.","model":"grok-4.3","created_at":"2026-11-28T09:14:31.204Z","occurred_at":"2026-11-28T09:14:05.000Z","truncated":false}
`
