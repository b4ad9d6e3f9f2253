import { describe, expect, test } from 'vitest'
import { readQueryConfig } from './config.ts'

const database = { DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/insights' }
const kafka = { KAFKA_BROKERS: '127.0.0.1:9092', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081' }

describe('readQueryConfig', () => {
  test('is both halves unless ROLE says otherwise', () => {
    const { projector, api } = readQueryConfig({ ...database, ...kafka })
    expect(projector).toMatchObject({ PROJECTOR_PORT: 8004, PROJECTOR_CONCURRENCY: 4 })
    expect(api).toMatchObject({ QUERY_PORT: 8002, HOST: '127.0.0.1' })
  })

  test('an API alone needs Kafka, to which it writes on request, and the registry, by which it decodes failures', () => {
    expect(readQueryConfig({ ...database, ...kafka, ROLE: 'api' })).toMatchObject({
      projector: null,
      api: { KAFKA_BROKERS: ['127.0.0.1:9092'], TOPIC_PREFIX: '' },
    })
    for (const missing of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL'])
      expect(() => readQueryConfig({ ...database, ...kafka, ROLE: 'api', [missing]: undefined })).toThrow(missing)
    expect(readQueryConfig({ ...database, ...kafka, ROLE: 'projector' }).api).toBeNull()
  })

  test('lists every fault at once, and no password', () => {
    const read = () => readQueryConfig({ DATABASE_URL: 'mysql://u:geheim@h/d', QUERY_PORT: '99999' })
    for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'QUERY_PORT', 'DATABASE_URL'])
      expect(read).toThrow(name)
    expect(read).not.toThrow('geheim')
    expect(() => readQueryConfig({ ...database, ...kafka, ROLE: 'both' })).toThrow('ROLE')
  })

  test.each([
    ['postgres://user:gehe#im@host:5432/db'],
    ['postgres://user:1#geheim@host:5432/db'],
    ['postgres://user:geh/eim@host:5432/db'],
    ['postgres://user:1/geheim@host:5432/db'],
    ['postgres://user:1?geheim@host/db'],
    ['postgres://user:geheim%@host/db'],
    ['postgres://user:geheim@/db'],
  ])('an address that cannot be read is told at start, with what to do and without the value: %s', (DATABASE_URL) => {
    const read = () => readQueryConfig({ DATABASE_URL, ROLE: 'api' })
    expect(read).toThrow(/DATABASE_URL: must be a URL.*# as %23/)
    expect(read).not.toThrow(/ge(?:heim|he#im|h\/eim)/)
  })

  test.each([
    'postgres://user:p%23%2F%3F%40%25@host:5432/db',
    'postgresql://host/db?sslmode=require',
    'postgres://user:p@[::1]:5432/db',
    'postgres:///db?host=/var/run/postgresql',
  ])('an address that can be read is taken: %s', (DATABASE_URL) => {
    expect(readQueryConfig({ ...kafka, DATABASE_URL, ROLE: 'api' }).api).toMatchObject({ DATABASE_URL })
  })
})
