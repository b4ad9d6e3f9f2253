import { kafkaVariables, registryVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { z } from 'zod'

/** What `npm run redrive` reads from the environment; `.data/stack.env` has it for a pipeline of `npm start`. */
export const variables = z.object({ ...kafkaVariables, ...registryVariables, LOG_LEVEL: serviceVariables.LOG_LEVEL })
