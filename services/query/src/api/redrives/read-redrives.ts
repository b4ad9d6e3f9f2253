import type { ApiKey } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { describeProblem, problemType, sendProblem } from '@insights/runtime/http/problem'
import { z } from 'zod'
import { parametersOf } from '../parameters/parameters-of.ts'
import { limitParameter } from '../parameters/query-parameter.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { askPostgres } from '../reading/ask-postgres.ts'
import { guardAdmin } from '../publishing/guard-admin.ts'
import { REDRIVE_PROBLEMS } from './redrive-problems.ts'
import { Redrive, redriveExample, toRedrive } from './redrive.ts'
import type { RedrivesTable } from './redrives-table.ts'

interface Route {
  apiKeys: ApiKey[]
  limiter: RateLimiter
  table: Pick<RedrivesTable, 'find' | 'list'>
}

/** `GET /api/v1/redrives/{id}`: how far a redrive is, and what became of it. */
export function getRedrive(server: HttpServer, { table, ...route }: Route): void {
  server.get(
    '/api/v1/redrives/:id',
    {
      onRequest: guardAdmin(route),
      schema: {
        operationId: 'getRedrive',
        summary: 'How far a redrive is',
        tags: ['redrives'],
        description: 'The newest 1,000 redrives of the last 30 days are kept.',
        params: z.object({
          id: z.uuid('must be the id of a redrive, which is a UUID').meta({ examples: [redriveExample.id] }),
        }),
        querystring: parametersOf({}),
        response: {
          200: Redrive.meta({ description: 'The redrive', examples: [redriveExample] }),
          ...REDRIVE_PROBLEMS,
          404: describeProblem('There is no such redrive, or no more', NO_REDRIVE),
        },
      },
    },
    async ({ params }, reply) => {
      const asked = await askPostgres(() => table.find(params.id))
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      if (asked.value !== null) return toRedrive(asked.value)
      return sendProblem(reply, NO_REDRIVE)
    },
  )
}

const NO_REDRIVE = {
  type: problemType('not-found'),
  title: 'There is no such redrive',
  status: 404,
  detail: 'None has this id; the newest 1,000 of the last 30 days are kept.',
}

const Redrives = z
  .object({ metadata: z.object({ returned_count: z.int() }), data: z.array(Redrive) })
  .meta({ description: 'The newest redrives', examples: [{ metadata: { returned_count: 1 }, data: [redriveExample] }] })

/** `GET /api/v1/redrives`: the newest ones. */
export function listRedrives(server: HttpServer, { table, ...route }: Route): void {
  server.get(
    '/api/v1/redrives',
    {
      onRequest: guardAdmin(route),
      schema: {
        operationId: 'listRedrives',
        summary: 'List redrives',
        tags: ['redrives'],
        description: 'Newest first. The newest 1,000 of the last 30 days are kept.',
        querystring: parametersOf({ limit: limitParameter({ most: 1000, byDefault: 100, of: 'redrives' }) }),
        response: { 200: Redrives, ...REDRIVE_PROBLEMS },
      },
    },
    async ({ query }, reply) => {
      const asked = await askPostgres(() => table.list(query.limit))
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      return { metadata: { returned_count: asked.value.length }, data: asked.value.map(toRedrive) }
    },
  )
}
