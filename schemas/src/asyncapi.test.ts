import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'
import { expect, test } from 'vitest'
import { buildAsyncApi } from './asyncapi.ts'
import { topicIds, topics } from './topics.ts'

test('the document is valid AsyncAPI 3', async () => {
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(buildAsyncApi()))
  expect(diagnostics.filter((found) => found.severity === 0)).toEqual([])
  expect(document?.version()).toBe('3.1.0')
  expect(document?.channels().all()).toHaveLength(topicIds.length)
})

test('a wrong document is caught, so the test above means something', async () => {
  const wrong = { ...buildAsyncApi(), channels: { conversationsReceived: { address: 7 } } }
  const { diagnostics } = await new Parser().parse(JSON.stringify(wrong))
  expect(diagnostics.some((found) => found.severity === 0)).toBe(true)
})

test('every service that writes or reads a topic has its operation', async () => {
  const { document } = await new Parser().parse(JSON.stringify(buildAsyncApi()))
  const operations = document?.operations().all() ?? []
  const expected = topicIds.reduce((sum, id) => sum + topics[id].writtenBy.length + topics[id].readBy.length, 0)
  expect(operations).toHaveLength(expected)
  expect(new Set(operations.map((operation) => operation.id())).size).toBe(expected)
})

test('schemas/asyncapi.json is the generated document (npm run docs writes it)', () => {
  const committed: unknown = JSON.parse(readFileSync(new URL('../asyncapi.json', import.meta.url), 'utf8'))
  expect(committed).toEqual(buildAsyncApi())
})
