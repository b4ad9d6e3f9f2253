import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers with JSON and its ETag, or with 304 where the client has just that. The tag is of the whole answer. */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, json: string): FastifyReply {
  const tag = `"${hash('sha256', json, 'base64url').slice(0, 22)}"`
  reply.header('etag', tag)
  if (hasTag(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(json)
}

/** RFC 9110, section 13.1.2: any of the list, compared weakly; none of ours has a comma. */
function hasTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((one) => {
    const given = one.trim()
    return given === '*' || given === tag || given === `W/${tag}`
  })
}
