import { kafkaVariables, registryVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { integer } from '@insights/runtime/config/variable-kinds'
import { z } from 'zod'

/** What the one-off job that creates topics and registers schemas reads from the environment. */
export const variables = z.object({
  ...kafkaVariables,
  ...registryVariables,
  LOG_LEVEL: serviceVariables.LOG_LEVEL,
  REPLICATION_FACTOR: integer({ min: 1, max: 10 })
    .default(1)
    .describe('Replicas of each topic; 3 with three brokers or more'),
})
