import { headerText } from '@insights/runtime/config/variable-kinds'
import { z } from 'zod'

/** What `npm start`, `npm run stack`, the tests and the benchmarks read, besides what they pass on to the services. */
export const variables = z.object({
  DATA_DIR: z.string().default('.data').describe('Where the local servers keep their data, relative to the repository'),
  STACK: z
    .enum(['docker', 'local'])
    .optional()
    .describe('Forces containers or local processes; by default containers where an engine answers'),
  STACK_BROKERS: z
    .enum(['1', '3'])
    .default('1')
    .describe('Kafka brokers of the local stack; 3 replicate three times with two in sync'),
  STACK_CACHE_DIR: z
    .string()
    .optional()
    .describe('Where downloads are kept; by default `conversation-insights` in the cache directory of the user'),
  DEMO_API_KEY: headerText().optional().describe('Key that the demo sends, where `API_KEYS` asks for one'),
})
