import { expect, test } from 'vitest'
import { createDatabaseCheck } from './database-ready.ts'
import { readMigrations } from './migrate.ts'

const names = (await readMigrations()).map(({ name }) => name)
const check = (state: { encoding: string; names: string[] }) => createDatabaseCheck(async () => state)()

test('a database is ready with every migration that this code needs, also beside newer ones', async () => {
  expect(await check({ encoding: 'UTF8', names: [...names, '999-newer.sql'] })).toBeNull()
  expect(await check({ encoding: 'UTF8', names: names.slice(1) })).toContain(`migrations are missing (${names[0]})`)
})

test('a database that is not UTF8 is never written to', async () => {
  expect(await check({ encoding: 'WIN1252', names })).toContain('encoded in WIN1252')
})
