import { expect, test } from 'vitest'
import { openDatabase } from './reading/open-database.ts'
import { serveForTests } from './serve.fixture.ts'

/** Never opened: what is refused asks Postgres nothing. */
const database = openDatabase({ url: 'postgres://127.0.0.1:1/none', maxConnections: 1, statementTimeoutMs: 1 })

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>
}

test('every address refuses an unknown parameter by its name: DELETE a?b is not a, and ?dry_run=true no dry run', async () => {
  const app = serveForTests(database)
  const document = (await app.inject('/openapi.json')).json<Document>()
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => ({ path, method, operationId })),
  )
  expect(operations.length).toBeGreaterThan(14)
  for (const { path, method, operationId } of operations) {
    const url = `${path.replaceAll(/\{\w+\}/g, '0b4f9c7e-52a8-4c39-9a6e-3d1f5b7e8a90')}?dry_run=true`
    const answer = await app.inject({
      method: method.toUpperCase() as 'GET',
      url,
      ...(method === 'post' && { payload: { filter: { retryable: true } } }),
    })
    const { errors = [] } = answer.json<{ errors?: { pointer: string; detail: string }[] }>()
    expect(answer.statusCode, operationId).toBe(422)
    expect(errors.find(({ pointer }) => pointer === '/dry_run')?.detail, operationId).toMatch(
      /^is no parameter here(?:; these are: \w.*|, which has none)$/,
    )
  }
})
