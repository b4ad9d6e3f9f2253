import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { cursorAfter } from '../parameters/cursor.ts'
import { askReaders } from '../reading/ask-readers.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { failureExample } from './failure-examples.ts'
import { Failure, toFailure } from './failure.ts'
import { isDearPage } from './failure-selection.ts'
import { ListFailuresQuery } from './failures-query.ts'
import { positionOf } from './place-of-failure.ts'
import { selectFailures } from './select-failures.ts'

const FailuresPage = z.object({
  metadata: z.object({
    returned_count: z.int(),
    next_cursor: z.string().nullable().describe('Give it as `cursor` for the next page; null on the last one.'),
  }),
  data: z.array(Failure),
})

/** `GET /api/v1/failures`: what failed and nothing has resolved, newest first. */
export function listFailures(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/failures',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'listFailures',
        summary: 'List failures',
        tags: ['failures'],
        description:
          'Records that were given up, newest first. A failure goes when the same or a newer submission of its conversation is answered, or ' +
          'when that is erased. `POST /api/v1/redrives` publishes their records again.',
        querystring: ListFailuresQuery,
        response: {
          200: FailuresPage.meta({ description: 'A page of failures', examples: [EXAMPLE] }),
          ...READ_PROBLEMS,
        },
      },
    },
    async ({ query: { selection, after, limit } }, reply) => {
      // One more than asked for tells whether there is a next page.
      const asked = await askReaders(route.readers, isDearPage(selection) ? 'dear' : 'cheap', (reader) =>
        selectFailures(reader, { selection, after, limit: limit + 1 }),
      )
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      const page = asked.value.slice(0, limit)
      const last = asked.value.length > limit ? page.at(-1) : undefined
      return {
        metadata: {
          returned_count: page.length,
          next_cursor: last === undefined ? null : cursorAfter(positionOf(last), selection),
        },
        data: page.map(toFailure),
      }
    },
  )
}

const EXAMPLE: z.infer<typeof FailuresPage> = {
  metadata: { returned_count: 1, next_cursor: null },
  data: [failureExample],
}
