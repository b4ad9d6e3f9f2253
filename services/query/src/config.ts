import { estimateVariables } from '@insights/pipeline/estimate/estimate-variables'
import { readConfig } from '@insights/runtime/config/read-config'
import {
  kafkaVariables,
  readerVariables,
  registryVariables,
  serviceVariables,
} from '@insights/runtime/config/shared-variables'
import { decimal, integer, names, port } from '@insights/runtime/config/variable-kinds'
import { z } from 'zod'
import { DatabaseUrlError, readDatabaseUrl } from './database/database-address.ts'

const DATABASE_URL = z
  .string()
  .superRefine((url, context) => {
    try {
      readDatabaseUrl(url)
    } catch (error) {
      if (!(error instanceof DatabaseUrlError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  })
  .meta({
    description:
      'Postgres: `postgres://user:password@host:port/database`, with `?sslmode=` of libpq: `disable` (default), `require`, `verify-ca`, `verify-full`, and `sslrootcert=file`',
    secret: true,
  })
const ROLE = z.enum(['projector', 'api', 'all']).default('all').describe('Which half of the service this process is')

const commonVariables = { ROLE, DATABASE_URL, ...serviceVariables }

const projectorVariables = z.object({
  ...commonVariables,
  ...kafkaVariables,
  ...registryVariables,
  ...readerVariables,
  PROJECTOR_PORT: port().default(8004).describe('Health and metrics of the projector'),
  PROJECTOR_CONCURRENCY: integer({ min: 1, max: 64 })
    .default(4)
    .describe('Partitions written at once, each in a transaction and on a connection of its own'),
  FACET_KEYS: names({ most: 8 })
    .default(['channel', 'product', 'team', 'language'])
    .describe(
      'Keys of the metadata that insights are counted and found by (text, number or boolean of at most 100 characters), separated by commas, at most 8; others need `npm run rebuild`',
    ),
  STORE_MESSAGES: z
    .stringbool()
    .default(true)
    .describe('Whether the messages of conversations, and the values of failed records, are kept in Postgres'),
  TEXT_SEARCH: z
    .stringbool()
    .default(true)
    .describe(
      'Whether insights are found by the words of their reasoning and messages (`q`), which is about three quarters of what Postgres does to write an insight; those of before are made searchable in the background',
    ),
  RETENTION_DAYS: integer({ min: 1, max: 36_500 })
    .optional()
    .describe(
      'What was submitted longer ago is deleted, its insights in `insights.produced` as well, and is not taken in again; without it everything is kept',
    ),
})

const apiVariables = z.object({
  ...commonVariables,
  ...kafkaVariables,
  ...registryVariables,
  ...estimateVariables,
  QUERY_PORT: port().default(8002).describe('The query API'),
  QUERY_POOL_SIZE: integer({ min: 2, max: 1000 })
    .default(10)
    .describe(
      'Connections to Postgres that serve queries; a quarter of them is for filtered windows of more than a day',
    ),
  STREAM_MAX_CLIENTS: integer({ min: 1, max: 9_000 })
    .default(1000)
    .describe('Event streams (`GET /api/v1/insights/stream`) that a process of the query API serves at once'),
  EXPORTS_AT_ONCE: integer({ min: 1, max: 100 })
    .default(2)
    .describe(
      'Exports (`GET /api/v1/insights/export`) that a process of the query API serves at once, each on a connection to Postgres of its own',
    ),
  READ_RPS: decimal({ min: 0.001, max: 1_000_000 })
    .default(100)
    .describe('Reads per second that the query API answers for each API key (or for all callers without one)'),
})

/** Everything this service reads from its environment. */
export const variables = z.object({ ...projectorVariables.shape, ...apiVariables.shape })

/** What the migration job needs. */
export const migrationVariables = z.object({ DATABASE_URL, LOG_LEVEL: serviceVariables.LOG_LEVEL })

const password = (who: string) =>
  z
    .string()
    .regex(/^[ -~]+$/, 'must be printable ASCII characters')
    .optional()
    .meta({ description: `Password that \`npm run roles\` gives to the role of the ${who} in Postgres`, secret: true })

/** What the job that makes the roles needs. */
export const roleVariables = z.object({
  ...migrationVariables.shape,
  PROJECTOR_DB_PASSWORD: password('projector'),
  API_DB_PASSWORD: password('query API'),
})

const { FACET_KEYS, STORE_MESSAGES, RETENTION_DAYS } = projectorVariables.shape

/** What the rebuild needs: the projector's, since it does the projector's work. */
export const rebuildVariables = z.object({
  DATABASE_URL,
  ...kafkaVariables,
  ...registryVariables,
  ...readerVariables,
  FACET_KEYS,
  STORE_MESSAGES,
  RETENTION_DAYS,
  LOG_LEVEL: serviceVariables.LOG_LEVEL,
})

export type ProjectorConfig = z.infer<typeof projectorVariables>
export type ApiConfig = z.infer<typeof apiVariables>

/** The configuration of the halves that this process is: an API alone needs to know nothing of the projection. */
export function readQueryConfig(env: NodeJS.ProcessEnv): {
  common: z.infer<z.ZodObject<typeof commonVariables>>
  projector: ProjectorConfig | null
  api: ApiConfig | null
} {
  switch (readConfig(z.object({ ROLE }), env).ROLE) {
    case 'projector': {
      const projector = readConfig(projectorVariables, env)
      return { common: projector, projector, api: null }
    }
    case 'api': {
      const api = readConfig(apiVariables, env)
      return { common: api, projector: null, api }
    }
    case 'all': {
      const both = readConfig(variables, env)
      return { common: both, projector: both, api: both }
    }
  }
}
