import { createHash } from 'node:crypto'
import { fastify } from 'fastify'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiKeysError, authorize, parseApiKeys, refuseOpenListening, requireScope, scopes } from './api-keys.ts'
import type { ApiKey } from './api-keys.ts'

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex')
const keys: ApiKey[] = [
  { name: 'crm', sha256: sha256('crm-secret'), scopes: ['ingest'] },
  { name: 'ops', sha256: sha256('ops-secret'), scopes: ['ingest', 'read', 'admin'] },
]

describe('parseApiKeys', () => {
  test('whatever is written by the rules is read back as it was meant', () => {
    const key = fc.record({
      name: fc.stringMatching(/^[\w.-]{1,64}$/),
      secret: fc.string(),
      scopes: fc.option(fc.subarray([...scopes], { minLength: 1 })),
      rps: fc.option(fc.double({ min: 0.01, max: 1e6, noNaN: true }).map((rps) => Number(rps.toFixed(2)))),
    })
    const list = fc.uniqueArray(key, { selector: ({ name }) => name, maxLength: 5 })
    fc.assert(
      fc.property(
        list.filter((all) => new Set(all.map(({ secret }) => secret)).size === all.length),
        (all) => {
          const text = all.map(({ name, secret, scopes: some, rps }) =>
            [
              name,
              sha256(secret),
              ...(rps === null ? (some === null ? [] : [some.join('+')]) : [some?.join('+') ?? '', rps]),
            ].join(':'),
          )
          expect(parseApiKeys(text.join(', '))).toEqual(
            all.map(({ name, secret, scopes: some, rps }) => ({
              name,
              sha256: sha256(secret),
              scopes: some ?? ['ingest', 'read', 'admin'],
              ...(rps === null ? {} : { rps }),
            })),
          )
        },
      ),
    )
  })

  test('nothing given is no keys', () => {
    expect([parseApiKeys(undefined), parseApiKeys(''), parseApiKeys(' , ')]).toEqual([[], [], []])
  })

  test('every fault is told at once, by entry, and no digest or mistaken plain key is repeated', () => {
    const digest = sha256('x')
    const text = `crm:hunter2:ingest,:${digest},b:${digest}:write,b:${sha256('y')}:read:fast,c:${sha256('z')}:read:0,d:${sha256('q')}:read:1:x`
    const error = failure(() => parseApiKeys(text))
    expect(error.faults).toEqual([
      expect.stringMatching(/^entry 1: after the name comes the SHA-256/),
      expect.stringMatching(/^entry 2: the name must be/),
      'entry 3: the scopes must be some of ingest+read+admin',
      'entry 3: a second entry of that key',
      'entry 4: the rate must be a number of conversations per second above 0',
      'entry 4: a second key of that name',
      'entry 5: the rate must be a number of conversations per second above 0',
      'entry 6: there are more parts than name:sha256-hex:scope+scope:rps',
    ])
    expect(error.message).not.toMatch(/hunter2|[0-9a-f]{64}/)
  })
})

describe('authorize', () => {
  test.each([
    ['the right key', 'Bearer crm-secret', 'ingest', { ok: true, key: keys[0] }],
    ['a scheme in another case', 'bearer ops-secret', 'admin', { ok: true, key: keys[1] }],
    ['a key without the scope', 'Bearer crm-secret', 'read', { ok: false, status: 403 }],
    ['an unknown key', 'Bearer crm-secret2', 'ingest', { ok: false, status: 401 }],
    ['the digest instead of the key', `Bearer ${sha256('crm-secret')}`, 'ingest', { ok: false, status: 401 }],
    ['another scheme', 'Basic crm-secret', 'ingest', { ok: false, status: 401 }],
    ['an empty key', 'Bearer ', 'ingest', { ok: false, status: 401 }],
    ['no header', undefined, 'ingest', { ok: false, status: 401 }],
  ] as const)('%s', (_name, header, scope, expected) => {
    expect(authorize(keys, header, scope)).toEqual(expected)
  })

  test('nothing but a known key opens the door', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        fc.pre(!/secret/.test(header))
        expect(authorize(keys, header, 'ingest')).toEqual({ ok: false, status: 401 })
      }),
    )
  })

  test('without keys every client is let in, without a name', () => {
    expect(authorize([], 'Bearer whatever', 'admin')).toEqual({ ok: true, key: null })
  })
})

test('the hook tells the handler whose request it is, and answers 401 and 403 as RFC 6750 and 9457 say', async () => {
  const server = fastify()
  server.decorateRequest('apiKey', null)
  server.get('/', { onRequest: requireScope(keys, 'read') }, async (request) => request.apiKey?.name ?? 'nobody')
  server.get('/open', { onRequest: requireScope([], 'read') }, async (request) => request.apiKey?.name ?? 'nobody')
  const ask = async (authorization?: string) => {
    const answer = await server.inject({ url: '/', headers: authorization === undefined ? {} : { authorization } })
    return [answer.statusCode, answer.headers['www-authenticate'], answer.headers['content-type']]
  }
  const problem = 'application/problem+json; charset=utf-8'
  expect(await ask()).toEqual([401, 'Bearer', problem])
  expect(await ask('Bearer nope')).toEqual([401, 'Bearer error="invalid_token"', problem])
  expect(await ask('Bearer crm-secret')).toEqual([403, 'Bearer error="insufficient_scope", scope="read"', problem])
  expect((await server.inject({ url: '/', headers: { authorization: 'Bearer ops-secret' } })).body).toBe('ops')
  expect((await server.inject('/open')).body).toBe('nobody')
})

test.each(['127.0.0.1', '127.8.9.1', 'localhost', '::1'])('only this machine reaches %s: no keys needed', (host) => {
  expect(refuseOpenListening(host, [], false)).toBeNull()
})

test.each(['0.0.0.0', '::', '192.168.1.4', '127.0.0.1.example.org', ''])(
  'listening on %j without keys is refused, with the ways out, and each of them is one',
  (host) => {
    expect(refuseOpenListening(host, [], false)).toMatch(/API_KEYS.*HOST=127\.0\.0\.1.*ALLOW_ANONYMOUS=true/)
    expect([refuseOpenListening(host, keys, false), refuseOpenListening(host, [], true)]).toEqual([null, null])
  },
)

function failure(run: () => unknown): ApiKeysError {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiKeysError) return error
  }
  throw new Error('did not fail as expected')
}
