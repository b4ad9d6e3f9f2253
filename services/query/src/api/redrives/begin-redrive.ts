import type { ApiKey } from '@insights/runtime/http/api-keys'
import type { HttpServer } from '@insights/runtime/http/http-server'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { describeProblem, problemType, sendProblem } from '@insights/runtime/http/problem'
import { parametersOf } from '../parameters/parameters-of.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { askPostgres } from '../reading/ask-postgres.ts'
import type { Redriver } from './create-redriver.ts'
import { guardAdmin } from '../publishing/guard-admin.ts'
import { REDRIVE_PROBLEMS } from './redrive-problems.ts'
import { Redrive, redriveExample } from './redrive.ts'
import { RedriveRequest } from './redrive-request.ts'

/** `POST /api/v1/redrives`: begins to publish the records of failures again. */
export function beginRedrive(
  server: HttpServer,
  { redriver, ...route }: { apiKeys: ApiKey[]; limiter: RateLimiter; redriver: Redriver },
): void {
  server.post(
    '/api/v1/redrives',
    {
      onRequest: guardAdmin(route),
      schema: {
        operationId: 'beginRedrive',
        summary: 'Publish the records of failures again',
        tags: ['redrives'],
        description:
          'Publishes the original records of the failures that the filter selects again, oldest first and at a rate, to the topic that they ' +
          'came from; each keeps its age. Left alone, and counted with the reason, is what has a newer submission, was erased, was answered, ' +
          'or was published again and has not failed since: a second run publishes nothing twice. The answer comes before the work: ask at ' +
          'Location how far it is. One runs at a time. At most 100,000 records are taken; `npm run redrive` takes a million.',
        // Its parameters are in the body: dry_run in the address would be a run.
        querystring: parametersOf({}),
        body: RedriveRequest,
        response: {
          202: {
            description: 'It has begun; ask at Location how far it is',
            headers: {
              Location: {
                required: true,
                schema: { type: 'string', examples: [`/api/v1/redrives/${redriveExample.id}`] },
              },
            },
            content: { 'application/json': { schema: Redrive.meta({ examples: [BEGUN] }) } },
          },
          ...REDRIVE_PROBLEMS,
          400: describeProblem('The body is not JSON', {
            type: problemType('not-json'),
            title: 'The body is not JSON',
            status: 400,
            detail: 'The body cannot be parsed as JSON.',
          }),
          413: describeProblem('The body has more than a megabyte'),
          415: describeProblem('Not application/json'),
          409: describeProblem('Another redrive runs; `running` is its id', {
            ...BUSY,
            running: redriveExample.id,
          }),
        },
      },
    },
    async ({ body, apiKey }, reply) => {
      const asked = await askPostgres(() => redriver.begin(body, apiKey?.name ?? null))
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      if (asked.value.kind === 'busy') return refuseBusy(reply, asked.value.running?.id ?? null)
      const { redrive } = asked.value
      return reply.code(202).header('location', `/api/v1/redrives/${redrive.id}`).send(redrive)
    },
  )
}

const BEGUN = {
  ...redriveExample,
  status: 'running',
  counts: null,
  estimate: null,
  finished_at: null,
} satisfies Redrive

const BUSY = {
  type: problemType('redrive-runs'),
  title: 'Another redrive runs',
  status: 409,
  detail:
    'One runs at a time, over all processes. Wait until it has ended (GET /api/v1/redrives); one whose process is gone ends 30 s after ' +
    'its last sign of life.',
}

const refuseBusy = (reply: Parameters<typeof sendProblem>[0], running: string | null) =>
  sendProblem(reply, { ...BUSY, running }, { 'retry-after': 5 })
