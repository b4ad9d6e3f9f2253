import { variables as analyzer } from '@insights/analyzer/config'
import type * as z from 'zod'

/**
 * The analyzer's own variables, as far as they say whom to ask and how; the same environment asks the same question.
 */
export const variables = analyzer.pick({
  GROK_API_KEY: true,
  GROK_BASE_URL: true,
  GROK_MODEL: true,
  GROK_REASONING_EFFORT: true,
  GROK_RESPONSE_FORMAT: true,
  GROK_TIMEOUT_MS: true,
  OUTBOUND_RPS: true,
  BATCH_MAX_TOKENS: true,
  CANARY: true,
  MASK_PII: true,
  BACKOFF_SECONDS: true,
})
export type Config = z.infer<typeof variables>
