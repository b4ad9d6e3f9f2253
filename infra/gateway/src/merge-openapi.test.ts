import { expect, test } from 'vitest'
import { mergeOpenApi } from './merge-openapi.ts'

const info = { title: 'Both', version: '1' }
const document = (parts: object) => ({ openapi: '3.1.0', info: { title: 'one', version: '0' }, ...parts })
const Problem = { type: 'object' }

test('methods of one path from two services stand side by side, equal components once, and keys stay required', () => {
  const security = [{ bearer: [] }]
  const ingress = document({
    paths: { '/api/v1/conversations/{id}': { put: { operationId: 'put' } }, '/healthz': { get: {} } },
    components: { schemas: { Problem } },
    tags: [{ name: 'a' }],
    security,
  })
  const query = document({
    paths: { '/api/v1/conversations/{id}': { get: { operationId: 'get' } } },
    components: { schemas: { Problem, Insight: {} } },
    tags: [{ name: 'a' }, { name: 'b' }],
    security,
  })
  expect(mergeOpenApi(info, [ingress, query])).toEqual({
    openapi: '3.1.0',
    info,
    servers: [{ url: '/', description: 'Where this document comes from' }],
    paths: { '/api/v1/conversations/{id}': { put: { operationId: 'put' }, get: { operationId: 'get' } } },
    components: { schemas: { Problem, Insight: {} } },
    tags: [{ name: 'a' }, { name: 'b' }],
    security,
  })
})

test('two meanings of one name are refused instead of one of them being lost', () => {
  const other = { type: 'string' }
  const documents = [Problem, other].map((schema) => document({ components: { schemas: { Problem: schema } } }))
  expect(() => mergeOpenApi(info, documents)).toThrow('Problem')
})

test('two operations of one id are refused: clients that are made from the document would call one of them', () => {
  const documents = ['/api/v1/a', '/api/v1/b'].map((path) =>
    document({ paths: { [path]: { get: { operationId: 'read' } } } }),
  )
  expect(() => mergeOpenApi(info, documents)).toThrow('read')
})
