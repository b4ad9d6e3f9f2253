import { problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyInstance } from 'fastify'
import { askUpstream } from './ask-upstream.ts'
import { mergeOpenApi, type OpenApiDocument } from './merge-openapi.ts'

/**
 * `GET /healthz`: 200 when both services' are, else 503 with the one that is not. `GET /openapi.json`: both services'
 * routes in one document.
 */
export function serveOperations(
  gateway: FastifyInstance,
  { upstreams, version }: { upstreams: Record<string, string>; version: string },
): void {
  const askAll = (path: string, timeoutMs: number) =>
    Promise.all(
      Object.entries(upstreams).map(async ([name, origin]) => ({
        name,
        answer: await askUpstream(`${origin}${path}`, timeoutMs),
      })),
    )

  gateway.get('/healthz', async (_request, reply) => {
    const answers = await askAll('/healthz', PROBE_TIMEOUT_MS)
    if (answers.every(({ answer }) => answer.ok)) return { status: 'ok' }
    const checks = Object.fromEntries(answers.map(({ name, answer }) => [name, answer.ok ? 'ok' : answer.reason]))
    return reply.code(503).send({ status: 'failing', checks })
  })

  gateway.get('/openapi.json', async (_request, reply) => {
    const documents: OpenApiDocument[] = []
    for (const { name, answer } of await askAll('/openapi.json', DOCUMENT_TIMEOUT_MS)) {
      if (!answer.ok) {
        const problem = {
          type: problemType('upstream-unavailable'),
          title: 'The service cannot be reached',
          status: 503,
          detail: `${name} does not give its part of the document: ${answer.reason}.`,
        }
        return sendProblem(reply, problem, { 'retry-after': 1 })
      }
      documents.push(JSON.parse(answer.text) as OpenApiDocument)
    }
    return mergeOpenApi({ title: 'Conversation insights', version, description: DESCRIPTION }, documents)
  })
}

/** Less than the second after which Kubernetes calls a probe failed, so that the reason still gets out. */
const PROBE_TIMEOUT_MS = 800
/** The services put it together when first asked. */
const DOCUMENT_TIMEOUT_MS = 5_000

const DESCRIPTION =
  'Support conversations go in, and what a language model found in them comes out: sentiment, topics and a short reason.\n\n' +
  'Times are ISO 8601 in UTC. Errors are RFC 9457 problem details. A query parameter that an operation does not know is refused by its ' +
  'name (422), so that a misspelt filter never widens a result. Cursors are opaque and belong to the filter they were made for.'
