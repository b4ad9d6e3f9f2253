import { variables as analyzer } from '@insights/analyzer/config'
import { kafkaVariables, registryVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { z } from 'zod'

/**
 * What `npm run reanalyze` reads from the environment: where Kafka is, and those of the analyzers' variables that the
 * prompt, its price and the time that it takes depend on. They must be the ones that the analyzers run with.
 */
export const variables = z.object({
  ...kafkaVariables,
  ...registryVariables,
  LOG_LEVEL: serviceVariables.LOG_LEVEL,
  ...analyzer.pick({
    GROK_MODEL: true,
    GROK_REASONING_EFFORT: true,
    GROK_RESPONSE_FORMAT: true,
    ANALYSIS_MAX_AGE: true,
    BATCH_MAX_TOKENS: true,
    BATCH_SIZE: true,
    MASK_PII: true,
    OUTBOUND_RPS: true,
  }).shape,
})
