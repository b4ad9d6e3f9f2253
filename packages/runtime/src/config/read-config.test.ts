import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, describeVariables, readConfig } from './read-config.ts'
import { kafkaVariables, registryVariables, serviceVariables } from './shared-variables.ts'
import { decimal, headerText, httpUrl, integer, port } from './variable-kinds.ts'

const schema = z.object({
  ...kafkaVariables,
  ...registryVariables,
  ...serviceVariables,
  INGRESS_PORT: port().default(8001).describe('Port of ingress'),
  INBOUND_RPS: integer({ min: 1 }).default(100).describe('Conversations per second'),
  BATCH_FLUSH_SECONDS: decimal({ min: 0 }).default(0.75),
  GROK_API_KEY: z.string().min(10).optional().describe('Key of the provider'),
})
const least = { KAFKA_BROKERS: 'localhost:9092', SCHEMA_REGISTRY_URL: 'http://localhost:8081/apis/ccompat/v7' }

test('the least that is needed gives the documented defaults', () => {
  expect(readConfig(schema, { ...least, PATH: '/bin' })).toEqual({
    KAFKA_BROKERS: ['localhost:9092'],
    KAFKA_SSL: false,
    TOPIC_PREFIX: '',
    SCHEMA_REGISTRY_URL: 'http://localhost:8081/apis/ccompat/v7',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    API_KEYS: [],
    ALLOWED_HOSTS: [],
    ALLOW_ANONYMOUS: false,
    STOP_DEADLINE_MS: 20_000,
    INGRESS_PORT: 8001,
    INBOUND_RPS: 100,
    BATCH_FLUSH_SECONDS: 0.75,
  })
})

test('an empty value counts as absent', () => {
  const empty = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, '']))
  expect(readConfig(schema, { ...empty, ...least })).toEqual(readConfig(schema, least))
})

test('what is given is read', () => {
  const config = readConfig(schema, {
    ...least,
    KAFKA_BROKERS: 'a:1, [::1]:9092',
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'u',
    KAFKA_SASL_PASSWORD: 'p',
    API_KEYS: `crm:${'a'.repeat(64)}:ingest:5`,
    HOST: '[::1]',
    INGRESS_PORT: '0',
    BATCH_FLUSH_SECONDS: '2.5',
  })
  expect(config).toMatchObject({
    KAFKA_BROKERS: ['a:1', '[::1]:9092'],
    KAFKA_SSL: true,
    API_KEYS: [{ name: 'crm', scopes: ['ingest'], rps: 5 }],
    HOST: '::1',
    INGRESS_PORT: 0,
    BATCH_FLUSH_SECONDS: 2.5,
  })
})

test('every fault is told at once: the variable, what was given, what it must be, what it is for', () => {
  const env = {
    KAFKA_BROKERS: 'localhost',
    KAFKA_SSL: 'maybe',
    KAFKA_SASL_MECHANISM: 'gssapi',
    LOG_LEVEL: 'loud',
    INGRESS_PORT: '70000',
    INBOUND_RPS: '10abc',
    BATCH_FLUSH_SECONDS: '-1',
  }
  expect(faults(env)).toEqual([
    'KAFKA_BROKERS="localhost": must be host:port, or several separated by commas (Kafka bootstrap brokers: `host:port`, comma-separated)',
    'KAFKA_SSL="maybe": must be one of true, false (Whether to speak TLS to the brokers)',
    expect.stringMatching(/^KAFKA_SASL_MECHANISM="gssapi": must be one of plain, scram-sha-256, scram-sha-512 \(/),
    'SCHEMA_REGISTRY_URL is missing (Address of the schema registry (the Confluent API))',
    expect.stringMatching(/^LOG_LEVEL="loud": must be one of fatal, error, /),
    'INGRESS_PORT="70000": must be between 0 and 65535 (Port of ingress)',
    'INBOUND_RPS="10abc": must be a whole number (Conversations per second)',
    'BATCH_FLUSH_SECONDS="-1": must be at least 0',
    'KAFKA_SASL_USERNAME is missing, and KAFKA_SASL_MECHANISM is set: set both or neither',
    'KAFKA_SASL_PASSWORD is missing, and KAFKA_SASL_MECHANISM is set: set both or neither',
  ])
})

test('half a set of credentials is a fault, never a silent anonymous connection', () => {
  expect(faults({ ...least, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'p' })).toEqual([
    'KAFKA_SASL_USERNAME is missing, and KAFKA_SASL_MECHANISM is set: set both or neither',
    'KAFKA_SASL_USERNAME is missing, and KAFKA_SASL_PASSWORD is set: set both or neither',
  ])
  expect(faults({ ...least, SCHEMA_REGISTRY_USERNAME: 'u' })).toEqual([
    'SCHEMA_REGISTRY_PASSWORD is missing, and SCHEMA_REGISTRY_USERNAME is set: set both or neither',
  ])
})

test('a secret is never shown, declared as such or not', () => {
  const env = {
    ...least,
    API_KEYS: 'crm:hunter2',
    GROK_API_KEY: 'hunter2',
    SCHEMA_REGISTRY_URL: 'ftp://user:hunter2@host',
  }
  expect(faults(env)).toEqual([
    'SCHEMA_REGISTRY_URL: must be an http or https address (Address of the schema registry (the Confluent API))',
    expect.stringMatching(/^API_KEYS: entry 1: after the name comes the SHA-256 of the key/),
    expect.stringMatching(/^GROK_API_KEY: Too small/),
  ])
})

test.each(['ftp://user:hunter2/x@host', 'http://user:hun#hunter2@', 'user:hunter2@host:9092'])(
  'nor where it makes an address unreadable: %s',
  (address) => {
    expect(faults({ ...least, SCHEMA_REGISTRY_URL: address, KAFKA_BROKERS: address }).join()).not.toContain('hunter2')
  },
)

test('a rule of the service over several variables is one fault more', () => {
  const ruled = z
    .object({ A: integer().default(1), B: integer().default(2) })
    .refine(({ A, B }) => A < B, 'A must be below B')
  expect(() => readConfig(ruled, { A: '3' })).toThrow('the environment has 1 fault:\n  - A must be below B')
})

describe('numbers', () => {
  test('a number is read exactly or refused, never guessed', () => {
    const one = z.object({ N: decimal() })
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^-?[\d.eExX_ +]{1,8}$/)), (text) => {
        const meant = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : 'refused'
        expect(one.safeParse({ N: text }).data?.N ?? 'refused').toBe(meant)
      }),
    )
  })

  test('a whole number that cannot be held exactly is refused', () => {
    expect(integer().safeParse('9007199254740993').success).toBe(false)
  })
})

test('the table says for each variable what is needed to set it', () => {
  const table = Object.fromEntries(describeVariables(schema).map(({ name, ...rest }) => [name, rest]))
  expect(Object.keys(table)).toEqual(Object.keys(schema.shape))
  expect(table).toMatchObject({
    KAFKA_BROKERS: { default: null, required: true, description: expect.stringContaining('comma-separated') },
    KAFKA_SSL: { default: 'false', required: false },
    KAFKA_SASL_PASSWORD: { default: null, required: false, description: 'SASL password' },
    TOPIC_PREFIX: { default: '', required: false },
    API_KEYS: { default: '', required: false },
    INGRESS_PORT: { default: '8001', required: false, description: 'Port of ingress' },
    BATCH_FLUSH_SECONDS: { default: '0.75', required: false, description: '' },
  })
})

test('a description is found wherever it stands in the chain', () => {
  const before = z.object({
    A: z.string().describe('what A is').default('x'),
    B: integer().describe('what B is').optional(),
  })
  expect(describeVariables(before).map(({ description }) => description)).toEqual(['what A is', 'what B is'])
})

test('every shared variable is described', () => {
  const shared = z.object({ ...kafkaVariables, ...registryVariables, ...serviceVariables })
  expect(describeVariables(shared).filter(({ description }) => description === '')).toEqual([])
})

test('what no request could be made with is refused: an address without http, a key with more than its characters', () => {
  const accepted = (schema: z.ZodType, texts: string[]) => texts.filter((text) => schema.safeParse(text).success)
  const urls = [
    'http://h',
    'https://[::1]:8081/apis/v7',
    'h:8090/v1',
    'ftp://h',
    'http://',
    'http://u:p@h',
    'http://h?x=1',
  ]
  expect(accepted(httpUrl(), urls)).toEqual(urls.slice(0, 2))
  const keys = ['xai-Aa0_-.=+/', 'xai-1\r', 'xai-1\n', ' xai-1', '\u201Cxai-1\u201D', 'xai-\u00e9', 'Bearer xai-1']
  expect(accepted(headerText(), keys)).toEqual(keys.slice(0, 1))
})

function faults(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
  }
  throw new Error('did not fail as expected')
}
