import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RateLimiter } from './limit-rate.ts'
import { refuseLimited } from './refuse-conversation.ts'

/**
 * An `onRequest` hook after `requireScope`: takes a token of the caller's bucket, or answers 429 before the body is
 * read. All answers from here on say what is left.
 */
export function takeToken(limiter: RateLimiter) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { granted, retryAfter, fields } = limiter.take(request.apiKey, 1)
    reply.headers(fields)
    return granted === 0 ? refuseLimited(reply, retryAfter) : undefined
  }
}
