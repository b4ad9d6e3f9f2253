import { describe, expect, test } from 'vitest'
import { pendingMigrations, readMigrations } from './migrate.ts'
import { MigrationError } from './migration-error.ts'

const file = (name: string, checksum = name) => ({ name, checksum, sql: '' })
const row = (name: string, checksum = name) => ({ name, checksum })

describe('pendingMigrations', () => {
  test('is what the database has not got, in order', () => {
    const pending = pendingMigrations([file('001'), file('002'), file('003')], [row('001')])
    expect(pending.map(({ name }) => name)).toEqual(['002', '003'])
  })

  test('an applied migration that was edited is an error that says what to do', () => {
    expect(() => pendingMigrations([file('001', 'edited')], [row('001')])).toThrow(MigrationError)
    expect(() => pendingMigrations([file('001', 'edited')], [row('001')])).toThrow(/restore the file/)
  })

  test('a new migration that sorts before an applied one is an error: databases would differ', () => {
    expect(() => pendingMigrations([file('001'), file('002')], [row('002')])).toThrow(/higher number/)
  })

  test("a newer version's migrations do not disturb an older one", () => {
    expect(pendingMigrations([file('001')], [row('001'), row('002')])).toEqual([])
  })
})

test('the migrations are numbered without gaps or doubles', async () => {
  const migrations = await readMigrations()
  expect(migrations.length).toBeGreaterThan(0)
  expect(migrations.map(({ name }) => Number(name.slice(0, 3)))).toEqual(migrations.map((_, index) => index + 1))
})
