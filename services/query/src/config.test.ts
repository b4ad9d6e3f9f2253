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

  test('an API alone needs no Kafka', () => {
    expect(readQueryConfig({ ...database, ROLE: 'api' }).projector).toBeNull()
    expect(readQueryConfig({ ...database, ...kafka, ROLE: 'projector' }).api).toBeNull()
  })

  test('lists every fault at once, and no password', () => {
    const read = () => readQueryConfig({ DATABASE_URL: 'mysql://u:geheim@h/d', QUERY_PORT: '99999' })
    for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'QUERY_PORT', 'DATABASE_URL'])
      expect(read).toThrow(name)
    expect(read).not.toThrow('geheim')
    expect(() => readQueryConfig({ ...database, ...kafka, ROLE: 'both' })).toThrow('ROLE')
  })
})
