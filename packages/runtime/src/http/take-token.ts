import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RateLimiter } from './limit-rate.ts'
import { problemType, sendProblem } from './problem.ts'

/**
 * An `onRequest` hook after `requireScope`: takes a token of the caller's bucket, or answers 429 before the body is
 * read. All answers from here on say what is left. The hook has the policy as a member, for the description of the API.
 */
export function takeToken(limiter: RateLimiter) {
  const hook = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { granted, retryAfter, fields } = limiter.take(request.apiKey, 1)
    reply.headers(fields)
    return granted === 0 ? refuseLimited(reply, limiter.policy, retryAfter) : undefined
  }
  return Object.assign(hook, { policy: limiter.policy })
}

/** `retryAfter` in whole seconds. */
function refuseLimited(reply: FastifyReply, what: string, retryAfter: number): FastifyReply {
  const detail = `More ${what} per second than this key may send. Try again in ${retryAfter} s.`
  const problem = { type: problemType('rate-limited'), title: `Too many ${what}`, status: 429, detail }
  return sendProblem(reply, problem, { 'retry-after': retryAfter })
}
