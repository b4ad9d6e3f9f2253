import { describe, expect, test } from 'vitest'
import { postgresAway } from './postgres-away.ts'

const coded = (code: string) => Object.assign(new Error('no'), { code })

describe('postgresAway', () => {
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    '08006',
    '40001',
    '40P01',
    '53100',
    '53300',
    '57P01',
    '57P03',
    '57014',
    '25P03',
    '25006',
    '42501',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s passes by itself', (code) => expect(postgresAway(coded(code))).toBe(`no (${code})`))

  test.each(['42P01', '42601', '22001', '23505', '22P02', '54000', 'XX000', 'ERR_ASSERTION'])(
    '(I9) %s is nothing that waiting fixes',
    (code) => expect(postgresAway(coded(code))).toBeNull(),
  )

  test('knows the errors of pg that have no code', () => {
    expect(postgresAway(new Error('Connection terminated unexpectedly'))).toBe('Connection terminated unexpectedly')
    expect(postgresAway(new Error('timeout exceeded when trying to connect'))).not.toBeNull()
  })

  test('looks into causes and into the refusals of several addresses', () => {
    expect(postgresAway(new Error('outer', { cause: coded('57P01') }))).toBe('no (57P01)')
    expect(postgresAway(new AggregateError([coded('ECONNREFUSED')]))).toBe('no (ECONNREFUSED)')
  })

  test('(I9) anything else is unknown', () => {
    for (const error of [new TypeError('x is not a function'), 'text', undefined, new AggregateError([])]) {
      expect(postgresAway(error)).toBeNull()
    }
  })
})
