import { describeVariables, readConfig } from '@insights/runtime/config/read-config'
import { expect, test } from 'vitest'
import { variables } from './config.ts'

const NEEDED = { KAFKA_BROKERS: 'localhost:9092', SCHEMA_REGISTRY_URL: 'http://localhost:8080' }

test("the contract's defaults", () => {
  expect(readConfig(variables, NEEDED)).toMatchObject({
    HOST: '127.0.0.1',
    INGRESS_PORT: 8001,
    INGRESS_MAX_BYTES: 1_048_576,
    MAX_MESSAGES: 10_000,
    INBOUND_RPS: 100,
    TOPIC_PREFIX: '',
  })
})

test.each([
  ['INBOUND_RPS', '0'],
  ['MAX_MESSAGES', '0'],
  ['MAX_MESSAGES', '100001'],
  ['INBOUND_RPS', 'many'],
  ['PRODUCE_TIMEOUT_MS', '0'],
  // As a record it could not be sure to fit into 2 MiB any more.
  ['INGRESS_MAX_BYTES', String(2 * 1024 * 1024)],
])('%s=%s is refused, by name', (name, value) => {
  expect(() => readConfig(variables, { ...NEEDED, [name]: value })).toThrow(name)
})

test('every variable is described', () => {
  expect(describeVariables(variables).filter(({ description }) => description === '')).toEqual([])
})
