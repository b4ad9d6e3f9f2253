import { createLogger } from '@insights/runtime/logger'
import { expect, test } from 'vitest'
import { serveForTests } from '../serve.fixture.ts'
import { openDatabase } from './open-database.ts'

test('while Postgres is away each read is refused, and the log has one line, not one for each', async () => {
  const lines: string[] = []
  const log = createLogger({
    service: 'query',
    level: 'warn',
    destination: { write: (line) => void lines.push(line) },
  })
  const database = openDatabase({ url: 'postgres://u:p@127.0.0.1:1/none', maxConnections: 4, statementTimeoutMs: 1000 })
  const app = serveForTests(database, { log })
  const url = '/api/v1/insights?start_time=2026-01-01&end_time=2026-01-02'
  const answers = await Promise.all(Array.from({ length: 30 }, () => app.inject(url)))
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([503]))
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['Postgres cannot be asked'])
  await app.close()
  await database.close()
})
