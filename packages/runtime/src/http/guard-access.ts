import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiKey } from './api-keys.ts'
import { problemType, sendProblem } from './problem.ts'

/** Host names, in lower case and without a port, under which a service without keys may be asked. */
export type AllowedHosts = ReadonlySet<string>

/** Every name may ask: for what stands behind something that checks who calls. */
const ANY = '*'

/** An address that stands for all of them is no name: a page may ask for it, and a browser asks this machine. */
const UNSPECIFIED = new Set(['0.0.0.0', '::'])

export function toAllowedHosts({ HOST, ALLOWED_HOSTS }: { HOST: string; ALLOWED_HOSTS: string[] }): AllowedHosts {
  const own = UNSPECIFIED.has(HOST) ? [] : [HOST.toLowerCase()]
  return new Set(['localhost', '127.0.0.1', '::1', ...own, ...ALLOWED_HOSTS])
}

/** Whether the request names one of `hosts`. */
export const isAskedAs = (hosts: AllowedHosts, { headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  hosts.has(ANY) || hosts.has(nameOf(headers.host ?? ''))

/**
 * A service without keys is open to what runs on this machine, and a browser runs what any web page wants: a page may
 * have its own name resolved to 127.0.0.1 and read all insights (DNS rebinding). So without keys only requests to
 * `hosts` are answered, others are 421, and what a page of another host asks is 403. Probes know only an address: their
 * two routes are answered under any name, without the reasons. With keys a page has none to show.
 */
export function guardAccess(
  server: FastifyInstance,
  { apiKeys, hosts }: { apiKeys: ApiKey[]; hosts: AllowedHosts },
): void {
  const isOpen = apiKeys.length === 0 && !hosts.has(ANY)
  server.addHook('onRequest', (request, reply, done) => {
    // Here and not by `reply.headers`, so that an answer that leaves Fastify's hands has them, too.
    for (const [name, value] of HEADERS) reply.raw.setHeader(name, value)
    const refused = refuseManyHosts(request, reply) ?? (isOpen ? refuseStranger(request, reply, hosts) : undefined)
    if (refused === undefined) done()
  })
}

/** Nothing of an answer is for a cache, for a frame of another page, or to be taken for another type than it says. */
const HEADERS = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
})
const PROBES = new Set(['/healthz', '/readyz'])

// Node keeps the first of several, a proxy before us perhaps the last (RFC 9112, section 3.2).
function refuseManyHosts({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const names = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host')
  if (names.length <= 1) return undefined
  const detail = 'Send one Host header; the request has several.'
  return sendProblem(reply, { type: problemType('bad-request'), title: 'The host is not clear', status: 400, detail })
}

function refuseStranger(request: FastifyRequest, reply: FastifyReply, hosts: AllowedHosts): FastifyReply | undefined {
  const { host = '', origin } = request.headers
  if (!isAskedAs(hosts, request)) {
    if (PROBES.has(request.url)) return undefined
    const detail =
      `This service is not asked as \`${host.slice(0, 100)}\`. Ask it as localhost or 127.0.0.1, name the host in ` +
      'ALLOWED_HOSTS, or set API_KEYS.'
    return sendProblem(reply, { type: problemType('wrong-host'), title: 'Not the host asked for', status: 421, detail })
  }
  if (origin === undefined || hosts.has(nameOf(origin.replace(/^https?:\/\//, '')))) return undefined
  const detail = `Pages of \`${origin.slice(0, 100)}\` may not ask this service: name their host in ALLOWED_HOSTS, or set API_KEYS.`
  return sendProblem(reply, {
    type: problemType('foreign-origin'),
    title: 'A page of another host',
    status: 403,
    detail,
  })
}

/** Without the port, and without the brackets of an IPv6 address. */
const nameOf = (host: string): string =>
  /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.toLowerCase())?.slice(1).find(Boolean) ?? ''
