import { expect, test } from 'vitest'
import { DatabaseUrlError, readDatabaseUrl } from './database-address.ts'

const read = (text: string) => readDatabaseUrl(text, (path) => `what ${path} holds`)
const ssl = (query: string) => read(`postgres://u:p@h/d?${query}`).ssl

test("each sslmode is libpq's, whichever driver is asked", () => {
  expect([ssl(''), ssl('sslmode=disable'), ssl('sslmode=disable&sslrootcert=ca')]).toEqual([false, false, false])
  for (const mode of ['require', 'no-verify']) expect(ssl(`sslmode=${mode}`)).toEqual({ rejectUnauthorized: false })
  const anyName = { ca: 'what ca holds', rejectUnauthorized: true, checkServerIdentity: expect.any(Function) }
  for (const mode of ['require', 'verify-ca']) expect(ssl(`sslmode=${mode}&sslrootcert=ca`)).toEqual(anyName)
  expect(ssl('sslmode=verify-full')).toEqual({ rejectUnauthorized: true })
  expect(ssl('sslmode=verify-full&sslrootcert=system')).toEqual({ rejectUnauthorized: true })
  expect(ssl('sslrootcert=ca')).toEqual({ ca: 'what ca holds', rejectUnauthorized: true })
  expect(ssl('sslmode=require&sslcert=c&sslkey=k')).toMatchObject({ cert: 'what c holds', key: 'what k holds' })
})

test.each([
  ['postgres://u:geheim#1@h/d', 'must be a URL'],
  ['postgres://u:ge/heim@h:5432/d', 'must be a URL'],
  ['mysql://u:geheim@h/d', 'must be a URL'],
  ['postgres:', 'must be a URL'],
  ['postgres://u:geheim@h/d?sslmode=prefer', 'would do without TLS'],
  ['postgres://u:geheim@h/d?sslmode=allow', 'would do without TLS'],
  ['postgres://u:geheim@h/d?sslmode=Require', 'an sslmode that libpq does not know'],
  ['postgres://u:geheim@h/d?sslmode=verify-ca', 'without a file in sslrootcert'],
  ['postgres://u:geheim@h/d?sslmode=require&sslcert=c', 'both of sslcert and sslkey'],
  ['postgres://u:geheim@h/d?password=geheim', 'the parameter password, which is not known here'],
])('%s is refused with what to do, and without the password', (url, why) => {
  const refused = () => read(url)
  expect(refused).toThrow(DatabaseUrlError)
  expect(refused).toThrow(why)
  expect(refused).not.toThrow('geheim')
})

test('a file that is not there is told by its parameter', () => {
  expect(() => readDatabaseUrl('postgres://h/d?sslmode=verify-full&sslrootcert=/gone/ca.pem')).toThrow(
    'names a file in sslrootcert that cannot be read (ENOENT)',
  )
})
