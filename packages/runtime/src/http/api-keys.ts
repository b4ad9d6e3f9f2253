import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { problemType, sendProblem } from './problem.ts'

export const scopes = ['ingest', 'read', 'admin'] as const
export type Scope = (typeof scopes)[number]

export interface ApiKey {
  /** Says whose key it is, in logs and in derived ids. */
  name: string
  /** 64 lower-case hex digits: SHA-256 of the key. Only its owner's configuration holds the key itself. */
  sha256: string
  scopes: Scope[]
  /** Conversations per second this key may send, instead of INBOUND_RPS. */
  rps?: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The key the caller showed; null when the route asks for none or none are set. Set by `requireScope`. */
    apiKey: ApiKey | null
  }
}

export class ApiKeysError extends Error {
  override name = 'ApiKeysError'
  readonly faults: string[]
  constructor(faults: string[]) {
    super(faults.join('; '))
    this.faults = faults
  }
}

/**
 * Reads `name:sha256-hex[:scope+scope[:rps]]`, comma-separated; without scopes a key has them all. Empty: no keys.
 * @throws ApiKeysError with every fault, by the entry's place; never with any of its text but the name
 */
export function parseApiKeys(text: string | undefined): ApiKey[] {
  const faults: string[] = []
  const keys: ApiKey[] = []
  const entries = (text ?? '').split(',').map((entry) => entry.trim())
  for (const [index, entry] of entries.entries()) {
    if (entry === '') continue // a trailing comma is no fault
    const parsed = parseEntry(entry)
    faults.push(...parsed.faults.map((fault) => `entry ${index + 1}: ${fault}`))
    if (keys.some((key) => key.name === parsed.key.name)) faults.push(`entry ${index + 1}: a second key of that name`)
    if (keys.some((key) => key.sha256 === parsed.key.sha256))
      faults.push(`entry ${index + 1}: a second entry of that key`)
    keys.push(parsed.key)
  }
  if (faults.length > 0) throw new ApiKeysError(faults)
  return keys
}

export type Authorization = { ok: true; key: ApiKey | null } | { ok: false; status: 401 | 403 }

/**
 * Without keys every client is let in, anonymously (`key` null). With keys: 401 when the header is not `Bearer <known
 * key>`, 403 when the key lacks the scope. How long it takes says nothing about the keys: digests are compared, each in
 * constant time, and always all of them.
 */
export function authorize(keys: ApiKey[], authorizationHeader: string | undefined, scope: Scope): Authorization {
  if (keys.length === 0) return { ok: true, key: null }
  const found = identify(keys, authorizationHeader)
  if (found === undefined) return { ok: false, status: 401 }
  return found.scopes.includes(scope) ? { ok: true, key: found } : { ok: false, status: 403 }
}

function identify(keys: ApiKey[], authorizationHeader: string | undefined): ApiKey | undefined {
  const token = /^Bearer +([^\s]+) *$/i.exec(authorizationHeader ?? '')?.[1]
  if (token === undefined) return undefined
  const digest = createHash('sha256').update(token).digest()
  let found: ApiKey | undefined
  for (const key of keys) {
    if (timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) found = key
  }
  return found
}

/** Whether there are no keys, or the request shows one of them, whatever its scopes. */
export const showsKey = (keys: ApiKey[], { headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  keys.length === 0 || identify(keys, headers.authorization) !== undefined

/**
 * An `onRequest` hook: lets a holder of `scope` in and puts the key on `request.apiKey` (null when anonymous), or
 * answers 401 or 403. The hook has the scope as a member, for the description of the API.
 */
export function requireScope(keys: ApiKey[], scope: Scope) {
  const hook = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const given = request.headers.authorization
    const authorization = authorize(keys, given, scope)
    if (authorization.ok) {
      request.apiKey = authorization.key
      return undefined
    }
    return authorization.status === 401 ? refuseUnknown(reply, given !== undefined) : refuseScope(reply, scope)
  }
  return Object.assign(hook, { scope })
}

/** Why the service must not listen there, with the ways out; null when it may. */
export function refuseOpenListening(host: string, keys: ApiKey[], allowAnonymous: boolean): string | null {
  if (keys.length > 0 || allowAnonymous || isLoopback(host)) return null
  return (
    `HOST=${host} would let everyone who reaches this machine send and read conversations. Set API_KEYS to the keys that ` +
    `may (name:sha256-hex), or HOST=127.0.0.1 to be reached from this machine only, or ALLOW_ANONYMOUS=true if ` +
    `something in front of it checks who calls.`
  )
}

function parseEntry(entry: string): { key: ApiKey; faults: string[] } {
  const [name = '', sha256 = '', scopesText, rpsText, ...rest] = entry.split(':').map((part) => part.trim())
  const named = scopesText === undefined || scopesText === '' ? [...scopes] : scopesText.split('+')
  const known = named.filter((scope): scope is Scope => (scopes as readonly string[]).includes(scope))
  const rps = rpsText === undefined ? undefined : Number(rpsText)
  const faults: string[] = []
  if (!/^[\w.-]{1,64}$/.test(name)) faults.push('the name must be 1 to 64 letters, digits, dots, dashes or underscores')
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    faults.push('after the name comes the SHA-256 of the key in 64 hex digits (printf %s "$KEY" | sha256sum)')
  }
  if (known.length !== named.length) faults.push(`the scopes must be some of ${scopes.join('+')}`)
  if (rps !== undefined && !(/^\d+(\.\d+)?$/.test(rpsText ?? '') && rps > 0)) {
    faults.push('the rate must be a number of conversations per second above 0')
  }
  if (rest.length > 0) faults.push('there are more parts than name:sha256-hex:scope+scope:rps')
  const key = { name, sha256: sha256.toLowerCase(), scopes: [...new Set(known)] }
  return { key: rps === undefined ? key : { ...key, rps }, faults }
}

// RFC 6750, section 3.1: no error code when the client simply did not know that a key is needed.
export function refuseUnknown(reply: FastifyReply, keyGiven: boolean): FastifyReply {
  const problem = {
    type: problemType('unauthorized'),
    title: 'A valid API key is needed',
    status: 401,
    detail: keyGiven
      ? 'The API key is unknown, or the header is not of the form `Authorization: Bearer <key>`.'
      : 'Send the API key as `Authorization: Bearer <key>`.',
  }
  return sendProblem(reply, problem, { 'www-authenticate': keyGiven ? 'Bearer error="invalid_token"' : 'Bearer' })
}

function refuseScope(reply: FastifyReply, scope: Scope): FastifyReply {
  const problem = {
    type: problemType('forbidden'),
    title: 'The API key lacks a scope',
    status: 403,
    detail: `This needs a key with the scope \`${scope}\`.`,
  }
  return sendProblem(reply, problem, { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` })
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bare)
}
