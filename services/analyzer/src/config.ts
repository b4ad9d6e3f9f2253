import { estimateVariables } from '@insights/pipeline/estimate/estimate-variables'
import {
  kafkaVariables,
  readerVariables,
  registryVariables,
  serviceVariables,
} from '@insights/runtime/config/shared-variables'
import { decimal, headerText, httpUrl, integer, port } from '@insights/runtime/config/variable-kinds'
import * as z from 'zod'
import { CANARY_MODES } from './question/make-canaries.ts'
import { EFFORTS } from './provider/model-parameters.ts'
import { DURATION } from './parse-duration.ts'

export const variables = z.object({
  ...kafkaVariables,
  ...registryVariables,
  ...readerVariables,
  ...serviceVariables,
  ANALYZER_PORT: port().default(8003).describe('Port of the analyzer: health and metrics'),
  GROK_API_KEY: headerText().describe(
    'Key for the Grok API, from console.x.ai; `npm start` without one uses the simulator',
  ),
  GROK_BASE_URL: httpUrl().default('https://api.x.ai/v1').describe('Where the Grok API is'),
  GROK_MODEL: estimateVariables.GROK_MODEL,
  GROK_REASONING_EFFORT: z
    .enum(EFFORTS)
    .optional()
    .describe('How much the model thinks first; by default the least it offers, left out where it takes none'),
  GROK_RESPONSE_FORMAT: z
    .enum(['json_schema', 'json_object'])
    .default('json_schema')
    .describe('`json_object` for servers that know no schemas'),
  GROK_TIMEOUT_MS: integer({ min: 1, max: 3_600_000 })
    .default(60_000)
    .describe('How long a call may take, its whole answer included'),
  OUTBOUND_RPS: estimateVariables.OUTBOUND_RPS,
  MAX_CALLS_IN_FLIGHT: integer({ min: 1, max: 10_000 })
    .default(256)
    .describe(
      'Most calls of a process that wait for their answer at once; normally OUTBOUND_RPS × the 95th percentile of call times decides',
    ),
  BATCH_SIZE: estimateVariables.BATCH_SIZE,
  BATCH_MAX_TOKENS: estimateVariables.BATCH_MAX_TOKENS,
  BATCH_FLUSH_SECONDS: decimal({ min: 0, max: 60 })
    .default(0.75)
    .describe('How long a conversation waits for others to share its call'),
  CANARY: z
    .enum(CANARY_MODES)
    .default('pair')
    .describe(
      'Conversations of known mood that are added to each call of two and more; an answer that gets them wrong is not believed',
    ),
  MASK_PII: z
    .stringbool()
    .default(false)
    .describe('Mask e-mail addresses, phone, card, bank account and order numbers before a conversation leaves'),
  MAX_RETRIES: integer({ min: 1, max: 100 })
    .default(3)
    .describe('Attempts at a conversation whose own result is missing or invalid, before it is given up'),
  BACKOFF_SECONDS: decimal({ min: 0.001, max: 60 })
    .default(1.5)
    .describe('First wait after Grok did not answer; it doubles up to a minute, with full jitter'),
  PROBE_SECONDS: decimal({ min: 0.1, max: 3_600 })
    .default(30)
    .describe(
      'Wait between calls while Grok refuses them all (key, credits, model); for other refusals the longest wait',
    ),
  ANALYSIS_MAX_AGE: z
    .string()
    .regex(DURATION, 'must be a whole number and s, m, h or d, as in 24h')
    .default('24h')
    .describe('Age at which a conversation that could not be analysed is given up as expired'),
  // From 900,000 on, sums of ticks would not be exact.
  DAILY_BUDGET_USD: decimal({ min: 0.000001, max: 900_000 })
    .optional()
    .describe(
      'Most that all analyzers together may spend on a day (UTC), in US dollars; then calls wait until midnight. Without it there is no limit',
    ),
  SESSION_TIMEOUT_MS: integer({ min: 6_000, max: 300_000 })
    .default(10_000)
    .describe(
      'How long after the last sign of life of an analyzer the others take over its partitions and slots, in ms',
    ),
  STALL_SECONDS: integer({ min: 1 })
    .default(300)
    .describe('Work waiting and nothing settled for so long, without a declared pause: /healthz fails'),
  MAX_MESSAGES: integer({ min: 1, max: 100_000 })
    .default(10_000)
    .describe('Most messages of a conversation; more is refused (422 at ingress, `too_large` from Kafka)'),
  BUFFER_MAX_BYTES: integer({ min: 1 })
    .default(64 * 1024 * 1024)
    .describe('Memory for conversations in work; fetching waits when it is used up'),
})
export type Config = z.infer<typeof variables>
