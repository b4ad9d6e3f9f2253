import { z } from 'zod'
import { kafkaVariables, registryVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { decimal, integer, port } from '@insights/runtime/config/variable-kinds'
import { MAX_BODY_BYTES } from './publish-conversation.ts'

export const variables = z.object({
  ...kafkaVariables,
  ...registryVariables,
  ...serviceVariables,
  INGRESS_PORT: port().default(8001).describe('Port of ingress'),
  INGRESS_MAX_BYTES: integer({ min: 1, max: MAX_BODY_BYTES })
    .default(1_048_576)
    .describe('Largest body of a conversation, in bytes; more is answered 413'),
  MAX_MESSAGES: integer({ min: 1, max: 100_000 })
    .default(10_000)
    .describe('Most messages of a conversation; more is refused (422 at ingress, `too_large` from Kafka)'),
  INBOUND_RPS: decimal({ min: 0.001, max: 1_000_000 })
    .default(100)
    .describe(
      'Conversations per second that ingress takes from each API key (or from all callers without one); faulty ones count',
    ),
  PRODUCE_TIMEOUT_MS: integer({ min: 1 })
    .default(10_000)
    .describe("How long a request waits for the broker's acknowledgement before it is answered 503"),
  INGRESS_LINGER_MS: integer({ min: 0, max: 1_000 })
    .default(5)
    .describe('How long the first record of a batch waits for more records, in ms'),
  INGRESS_QUEUE_BYTES: integer({ min: 1 })
    .default(64 * 1024 * 1024)
    .describe('Bytes that may wait for the broker; a request beyond is answered 503'),
})
