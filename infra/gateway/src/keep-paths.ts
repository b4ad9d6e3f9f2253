import type { FastifyHttpProxyOptions } from '@fastify/http-proxy'
import { problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Agent, type Dispatcher } from 'undici'

/**
 * A path reaches the service as it came, byte for byte: its segments hold ids, and an id may be `a/../b` or `...`. The
 * proxy library decodes a whole path and takes `/..` and `../` in it for a way out of its prefix; the URL class does
 * the same with a segment `%2e%2e`. So the library is given a path without dots and in which each `%` is `%25`, of
 * which it understands nothing, and what it sends is turned back.
 */
export function hidePath(url: string, prefix: string): string {
  const [path = '', ...query] = url.split('?')
  // The router has matched the prefix, perhaps percent-encoded; the library compares the text.
  const segments = path.split('/').slice(prefix.split('/').length)
  const hidden = segments.map((segment) => segment.replaceAll(/[%.]/g, (sign) => (sign === '%' ? '%25p' : '%25d')))
  return [[prefix, ...hidden].join('/'), ...query].join('?')
}

/** Only the path is turned back: the query string is sent as it came. */
function showPath(url: string): string {
  const [path = '', ...query] = url.split('?')
  return [path.replaceAll(/%25[pd]/g, (hidden) => (hidden === '%25p' ? '%' : '.')), ...query].join('?')
}

/** Connections to the services, for the proxy library, of paths that it does not see. */
export function createDispatcher(options: Agent.Options): NonNullable<FastifyHttpProxyOptions['undici']> {
  const agent = new Agent(options)
  const dispatcher = {
    request: ({ path, ...request }: Dispatcher.RequestOptions, done: (...answer: never[]) => void) =>
      agent.request({ ...request, path: showPath(path) }, done as () => void),
    destroy: () => agent.destroy(),
  }
  // The library's types are those of the undici that it brings, the one before ours.
  return dispatcher as unknown as NonNullable<FastifyHttpProxyOptions['undici']>
}

/**
 * No segment may be `.` or `..`, also percent-encoded: what stands behind might take it for a step. The URL class takes
 * a backslash for a slash.
 */
export async function refuseDots(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  const path = request.url.split('?', 1)[0] ?? ''
  return path.split(/[/\\]/).some((segment) => DOTS.test(segment)) ? refusePath(reply) : undefined
}

/** 400 */
export const refusePath = (reply: FastifyReply): FastifyReply =>
  sendProblem(reply, {
    type: problemType('bad-request'),
    title: 'The path is not taken',
    status: 400,
    detail: 'The path must not contain the segment `.` or `..`.',
  })

const DOTS = /^(?:\.|%2e){1,2}$/i
