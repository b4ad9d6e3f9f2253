import type { HttpServer } from '@insights/runtime/http/http-server'
import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { z } from 'zod'
import { askReaders } from '../reading/ask-readers.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { isDearCount } from './failure-selection.ts'
import { failureGroupExample } from './failure-examples.ts'
import { ListFailureGroupsQuery } from './failures-query.ts'
import { selectFailureGroups } from './select-failure-groups.ts'

const FailureGroups = z.object({
  metadata: z.object({
    total_count: z.int().describe('Exactly how many failures the filter has, in all groups together.'),
    group_count: z.int().describe('How many groups there are, also those beyond `limit`.'),
    returned_count: z.int(),
  }),
  data: z
    .array(
      z.object({
        class: FailureClass,
        problem_type: z.string().describe('Give it as `problem` to list them.'),
        count: z.int(),
        retryable_count: z.int().describe('How many of them may succeed later as they are.'),
        first_failed_at: z.iso.datetime(),
        last_failed_at: z.iso.datetime(),
      }),
    )
    .describe('The most frequent first; of equal ones the newest.'),
})

/** `GET /api/v1/failures/groups`: how many failures there are of each class and type of problem. */
export function listFailureGroups(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/failures/groups',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'listFailureGroups',
        summary: 'Count failures by class and problem',
        tags: ['failures'],
        description: 'How many failures there are of each class and type of problem, and since when; exact.',
        querystring: ListFailureGroupsQuery,
        response: { 200: FailureGroups.meta({ description: 'The groups', examples: [EXAMPLE] }), ...READ_PROBLEMS },
      },
    },
    async ({ query: { selection, limit } }, reply) => {
      const asked = await askReaders(route.readers, isDearCount(selection) ? 'dear' : 'cheap', (reader) =>
        selectFailureGroups(reader, { selection, limit }),
      )
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      const [first] = asked.value
      return {
        metadata: {
          total_count: first?.total_count ?? 0,
          group_count: first?.group_count ?? 0,
          returned_count: asked.value.length,
        },
        data: asked.value.map((group) => ({
          class: group.class,
          problem_type: group.problem_type,
          count: group.count,
          retryable_count: group.retryable_count,
          first_failed_at: new Date(group.first_failed_at).toISOString(),
          last_failed_at: new Date(group.last_failed_at).toISOString(),
        })),
      }
    },
  )
}

const EXAMPLE: z.infer<typeof FailureGroups> = {
  metadata: { total_count: 12, group_count: 1, returned_count: 1 },
  data: [failureGroupExample],
}
