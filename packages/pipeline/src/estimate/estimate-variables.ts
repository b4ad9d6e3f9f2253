import { decimal, integer } from '@insights/runtime/config/variable-kinds'
import { z } from 'zod'

/** The analyzers' variables that calls, their cost and their time follow from. Who estimates reads them, too. */
export const estimateVariables = {
  GROK_MODEL: z.string().default('grok-4.3').describe('Model that is asked'),
  OUTBOUND_RPS: decimal({ min: 0.001, max: 1_000 })
    .default(10)
    .describe(
      'Most calls to Grok in any rolling second, over all analyzers; below 1, one call in as many seconds. From 1 on, a fraction is left unused',
    ),
  // The provider's schemas bind at most 256 results, and canaries take two of them.
  BATCH_SIZE: integer({ min: 1, max: 254 }).default(10).describe('Most conversations in a call'),
  BATCH_MAX_TOKENS: integer({ min: 200 })
    .default(8_000)
    .describe(
      'Most tokens of conversations in a call, estimated; half of it is the most that one conversation may take',
    ),
}
