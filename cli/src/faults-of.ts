import { variables as analyzer } from '@insights/analyzer/config'
import { variables as gateway } from '@insights/gateway/config'
import { variables as simulator } from '@insights/grok-simulator/config'
import { variables as ingress } from '@insights/ingress/config'
import { variables as provision } from '@insights/pipeline/provision-config'
import { migrationVariables as migrate, readQueryConfig } from '@insights/query/config'
import { ConfigError, readConfig } from '@insights/runtime/config/read-config'
import type { FaultsOf } from '@insights/stack/read-environment'
import type { z } from 'zod'

const reads = (schema: z.ZodObject) => (env: NodeJS.ProcessEnv) => readConfig(schema, env)
const readers: Record<Parameters<FaultsOf>[0], (env: NodeJS.ProcessEnv) => unknown> = {
  provision: reads(provision),
  migrate: reads(migrate),
  simulator: reads(simulator),
  ingress: reads(ingress),
  analyzer: reads(analyzer),
  query: readQueryConfig,
  gateway: reads(gateway),
}

/** Reads the variables of a program as the program itself will. */
export const faultsOf: FaultsOf = (program, env) => {
  try {
    readers[program](env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
