import { fastify } from 'fastify'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonPointer, problemType, sendProblem } from './problem.ts'

test('a pointer leads to the value it names, whatever the keys are made of', () => {
  const key = fc.oneof(fc.string(), fc.stringMatching(/^[~/01]{0,6}$/), fc.nat())
  fc.assert(
    fc.property(fc.array(key, { maxLength: 6 }), (path) => {
      const pointer = jsonPointer(path)
      const unescaped = pointer.split('/').slice(1)
      const read = unescaped.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')) // RFC 6901, section 4
      expect(read).toEqual(path.map(String))
    }),
  )
})

test('a problem is sent as it is, past the response schema, with its status, type and headers', async () => {
  const server = fastify()
  server.get(
    '/',
    { schema: { response: { 429: { type: 'object', properties: { x: { type: 'string' } } } } } },
    (_, reply) =>
      sendProblem(
        reply,
        { type: problemType('too-many'), title: 'Too many', status: 429, detail: 'Slow down.', retry_after: 3 },
        { 'retry-after': 3 },
      ),
  )
  const answer = await server.inject('/')
  expect([answer.statusCode, answer.headers['content-type'], answer.headers['retry-after'], answer.json()]).toEqual([
    429,
    'application/problem+json; charset=utf-8',
    '3',
    {
      type: 'urn:conversation-insights:problem:too-many',
      title: 'Too many',
      status: 429,
      detail: 'Slow down.',
      retry_after: 3,
    },
  ])
})

test('the name of a failure class and that of a problem are written alike', () => {
  expect(problemType('missing_answer')).toBe(problemType('missing-answer'))
})
