import { z } from 'zod'
import { ApiKeysError, parseApiKeys } from '../http/api-keys.ts'
import { decimal, integer } from './variable-kinds.ts'

const HOST_PORT = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s,:\[\]]+):\d{1,5}`

export const kafkaVariables = {
  KAFKA_BROKERS: z
    .string()
    .regex(new RegExp(`^${HOST_PORT}(\\s*,\\s*${HOST_PORT})*$`), 'must be host:port, or several separated by commas')
    .transform((brokers) => brokers.split(/\s*,\s*/))
    .describe('Kafka bootstrap brokers: `host:port`, comma-separated'),
  KAFKA_SSL: z.stringbool().default(false).describe('Whether to speak TLS to the brokers'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .meta({
      description: 'SASL mechanism (`plain`, `scram-sha-256`, `scram-sha-512`); without it no authentication',
      requires: ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
    }),
  KAFKA_SASL_USERNAME: z
    .string()
    .optional()
    .meta({ description: 'SASL user name', requires: ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_PASSWORD'] }),
  KAFKA_SASL_PASSWORD: z
    .string()
    .optional()
    .meta({
      description: 'SASL password',
      secret: true,
      requires: ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME'],
    }),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be at most 100 letters, digits, dots, dashes and underscores')
    .default('')
    .describe(
      'Put before the name of every topic, subject and consumer group, so that several pipelines share a cluster',
    ),
}

export const registryVariables = {
  SCHEMA_REGISTRY_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .describe('Address of the schema registry (the Confluent API)'),
  SCHEMA_REGISTRY_USERNAME: z
    .string()
    .optional()
    .meta({ description: 'User name for the schema registry', requires: ['SCHEMA_REGISTRY_PASSWORD'] }),
  SCHEMA_REGISTRY_PASSWORD: z
    .string()
    .optional()
    .meta({ description: 'Password for the schema registry', secret: true, requires: ['SCHEMA_REGISTRY_USERNAME'] }),
}

/** Of what reads records. */
export const readerVariables = {
  SCHEMA_WAIT_SECONDS: decimal({ min: 0.1, max: 86_400 })
    .default(600)
    .describe(
      'How long records wait for a schema that the registry does not give although it answers for others; then they are given up, to be published again',
    ),
}

export const serviceVariables = {
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least severe level that is logged: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`'),
  HOST: z
    .string()
    .transform((host) => host.replace(/^\[(.+)\]$/, '$1'))
    .default('127.0.0.1')
    .describe('Address to listen on; beyond loopback API_KEYS are needed'),
  API_KEYS: z.string().transform(toApiKeys).default([]).meta({
    description:
      'Who may call: `name:sha256-hex[:scope+scope[:rps]]`, comma-separated; scopes `ingest`, `read`, `admin` (default all)',
    secret: true,
  }),
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((hosts) =>
      hosts
        .toLowerCase()
        .split(',')
        .map((host) => host.trim())
        .filter(Boolean),
    )
    .describe(
      'Without API_KEYS: further host names, comma-separated, under which it may be asked besides localhost, 127.0.0.1, [::1] and HOST; `*`: any',
    ),
  ALLOW_ANONYMOUS: z
    .stringbool()
    .default(false)
    .describe('Listen beyond loopback without API_KEYS, because something in front checks who calls'),
  STOP_DEADLINE_MS: integer({ min: 100 })
    .default(20_000)
    .describe('How long a clean stop may take, in ms; below the grace period of whatever stops the process'),
}

function toApiKeys(list: string, context: z.core.$RefinementCtx<string>) {
  try {
    return parseApiKeys(list)
  } catch (error) {
    if (!(error instanceof ApiKeysError)) throw error
    for (const fault of error.faults) context.addIssue(fault)
    return z.NEVER
  }
}
