import type { FastifyReply } from 'fastify'
import { z } from 'zod'

/** One fault of a request: `pointer` is an RFC 6901 JSON pointer into the part that is at fault (body, query, path). */
export const Fault = z.object({
  pointer: z.string().describe('RFC 6901 JSON pointer to the value at fault'),
  detail: z.string().describe('What is wrong with it'),
})
export type Fault = z.infer<typeof Fault>

/** An error as RFC 9457 gives it. Members beyond these are the problem type's own. */
export const Problem = z
  .looseObject({
    type: z.string().describe('URI that names the kind of problem'),
    title: z.string().describe('The kind of problem in words; the same for each of its occurrences'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('What went wrong this time'),
    instance: z.string().optional().describe('URI of this occurrence'),
    errors: z.array(Fault).optional().describe('Every fault of the request at once'),
  })
  .describe('RFC 9457 problem details')

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance?: string
  errors?: Fault[]
  [member: string]: unknown
}

/**
 * For a route's `response`: the answer with this problem, in the description of the API. Without an example it is shown
 * by the one of its status (problem-examples.ts).
 */
export const describeProblem = (description: string, example?: Problem) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
  ...(example && { example }),
})

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8'

/** `urn:conversation-insights:problem:<name>` */
export function problemType(name: string): string {
  return `urn:conversation-insights:problem:${name.replaceAll('_', '-')}`
}

/** Answers with the problem, whatever response schema the route has for that status. */
export function sendProblem(
  reply: FastifyReply,
  problem: Problem,
  headers: Record<string, string | number> = {},
): FastifyReply {
  return reply.code(problem.status).headers(headers).type(PROBLEM_CONTENT_TYPE).serializer(JSON.stringify).send(problem)
}

/** RFC 6901: `~` becomes `~0`, `/` becomes `~1`; no segments is the whole document. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
