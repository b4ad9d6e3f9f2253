import { expect, test } from 'vitest'
import { createDatabaseCheck } from './database-ready.ts'
import { readMigrations } from './migrate.ts'

const names = (await readMigrations()).map(({ name }) => name)
const check = (state: { encoding: string; names: string[]; lacking?: string[]; read_only?: boolean }) =>
  createDatabaseCheck(async () => state)()

test('a database is ready with every migration that this code needs, also beside newer ones', async () => {
  expect(await check({ encoding: 'UTF8', names: [...names, '999-newer.sql'] })).toBeNull()
  expect(await check({ encoding: 'UTF8', names: names.slice(1) })).toContain(`migrations are missing (${names[0]})`)
})

test('a database that is not UTF8 is never written to', async () => {
  expect(await check({ encoding: 'WIN1252', names })).toContain('encoded in WIN1252')
})

test('who writes is told of a standby before the first write', async () => {
  expect(await check({ encoding: 'UTF8', names, read_only: true })).toContain('takes no writes')
  expect(await check({ encoding: 'UTF8', names, read_only: false })).toBeNull()
})

test('a role that lacks a right is told with what to do, and waited for', async () => {
  const denied = Object.assign(new Error('permission denied for table schema_migrations'), { code: '42501' })
  const lacking = createDatabaseCheck(() => Promise.reject(denied))
  expect(await lacking()).toMatch(/lacks rights \(permission denied for table schema_migrations\): run npm run roles/)
  expect(await check({ encoding: 'UTF8', names, lacking: ['rollups'] })).toContain('lacks rights on rollups: run npm')
})
