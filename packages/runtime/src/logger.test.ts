import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createHealth } from './health.ts'
import { createHttpServer } from './http/http-server.ts'
import { createLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

function capture(level = 'info') {
  const lines: Record<string, unknown>[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  return { log: createLogger({ service: 'ingress', level, destination }), lines }
}

test('a line is JSON with the service, an ISO time and the level as a word', () => {
  const { log, lines } = capture()
  log.child({ trace_id: 'abc' }).info({ accepted: 3 }, 'published')
  log.debug('not wanted')
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'ingress',
      pid: process.pid,
      trace_id: 'abc',
      accepted: 3,
      msg: 'published',
    },
  ])
})

test.each(['err', 'error'])('an error logged as %s keeps its stack, its cause and its members', (key) => {
  const { log, lines } = capture()
  const error = new AggregateError([new Error('member')], 'outer', { cause: new TypeError('inner') })
  log.error({ [key]: error }, 'failed')
  expect(lines[0]).toMatchObject({
    msg: 'failed',
    [key]: {
      type: 'AggregateError',
      message: 'outer',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'TypeError', message: 'inner', stack: expect.stringContaining('logger.test.ts') },
      aggregateErrors: [{ message: 'member' }],
    },
  })
})

describe('no secret in a log', () => {
  const SECRET = 'hunter2-Tr0ub4dor'
  const planted = (): unknown[] => [
    catchError(() => new URL(`postgres://user:${SECRET}#x@host:5432/db`)),
    catchError(() => new Headers({ authorization: `Bearer ${SECRET}\n${SECRET}` })),
    new Error(`cannot reach https://user:${SECRET}@registry.example/subjects`),
    new Error(`GET /v1/models?api_key=${SECRET}&x=1 was refused`),
    new Error(`Incorrect API key provided: xai-${SECRET}`),
    Object.assign(new Error('refused'), { detail: `Failing row contains (${SECRET})`, values: [SECRET], sql: SECRET }),
    Object.assign(new Error('refused'), {
      headers: { authorization: `Bearer ${SECRET}` },
      config: { password: SECRET },
    }),
    new AggregateError([Object.assign(new Error('member'), { input: SECRET })], 'outer', {
      cause: Object.assign(new Error('inner'), { password: SECRET }),
    }),
    new Error('outer', { cause: { password: SECRET } }),
    { message: 'no error', password: SECRET },
  ]

  test('whatever an error holds, as err, as error, in a message, and in the log of a request', async () => {
    const { log, lines } = capture('debug')
    for (const error of planted()) {
      log.error({ err: error }, 'failed')
      log.child({ trace_id: 'abc' }).error({ error }, 'failed')
      if (error instanceof Error) log.error(error)
    }
    const server = createHttpServer({
      service: 'test',
      log,
      metrics: createMetrics({ service: 'test', version: '0' }),
      health: createHealth(),
    })
    for (const [i, error] of planted().entries())
      server.get(`/${i}`, async () => {
        throw error
      })
    for (const i of planted().keys()) await server.inject(`/${i}?access_token=${SECRET}`)
    expect(lines.length).toBeGreaterThan(40)
    expect(JSON.stringify(lines.filter((line) => JSON.stringify(line).includes(SECRET)))).toBe('[]')
  })

  test('what says where an error came from stays', () => {
    const { log, lines } = capture()
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
      port: 5432,
      constraint: 'insights_pkey',
    })
    log.error({ err: refused }, 'failed')
    expect(lines[0]?.['err']).toMatchObject({ ...refused, type: 'Error', message: refused.message })
  })
})

function catchError(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
