import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

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
