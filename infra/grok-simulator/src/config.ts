import { serviceVariables } from '@insights/runtime/config/shared-variables'
import { decimal, integer, port } from '@insights/runtime/config/variable-kinds'
import { z } from 'zod'

export const variables = z.object({
  SIMULATOR_PORT: port().default(8090).describe('Port of the simulated Grok API; clients use `http://host:port/v1`'),
  SIMULATOR_API_KEY: z
    .string()
    .transform((list) => list.split(',').map((key) => key.trim()))
    .pipe(z.array(z.string().regex(/^\S+$/, 'each must be a key without spaces')).min(1))
    .default(['simulator'])
    .describe('Keys that are let in, comma-separated; each has a rate limit of its own'),
  SIMULATOR_RPS: integer({ min: 0 })
    .default(10)
    .describe('Calls per second, key and model before 429, in any rolling second; 0 = no limit'),
  SIMULATOR_TPM: integer({ min: 0 })
    .default(10_000_000)
    .describe(
      "Tokens per minute, key and model before 429, in any rolling minute (xAI's for grok-4.3 in its lowest tier); 0 = no limit",
    ),
  SIMULATOR_LATENCY_MS: decimal({ min: 0 }).default(1000).describe('Median time an answer takes, in ms'),
  SIMULATOR_LATENCY_SIGMA: decimal({ min: 0, max: 3 })
    .default(0.35)
    .describe('Spread of the log-normal answer times; 0 = always the median'),
  SIMULATOR_LATENCY_TAIL_SHARE: decimal({ min: 0, max: 1 })
    .default(0.01)
    .describe('Share of the answers that take much longer'),
  SIMULATOR_LATENCY_TAIL_FACTOR: decimal({ min: 1 }).default(5).describe('How many times longer those take'),
  SIMULATOR_SEED: integer({ min: 0, max: 4_294_967_295 }).default(1).describe('Seed of all that is random'),
  SIMULATOR_PRIVATE: z
    .string()
    .transform((list) => list.split(',').map((text) => text.trim()))
    .pipe(
      z
        .array(
          z.string().min(4, 'each must have 4 characters or more').max(200, 'each must have 200 characters or fewer'),
        )
        .max(100, 'must be 100 texts or fewer'),
    )
    .default([])
    .meta({
      description:
        'Texts that must not be in any call, comma-separated; a call that holds one is refused and counted as a leak',
      secret: true,
    }),
  LOG_LEVEL: serviceVariables.LOG_LEVEL,
  HOST: serviceVariables.HOST,
  STOP_DEADLINE_MS: serviceVariables.STOP_DEADLINE_MS,
})
