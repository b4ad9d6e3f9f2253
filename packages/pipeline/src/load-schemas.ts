import type { Logger } from '@insights/runtime/logger'
import { waitFor, type Waiting } from '@insights/runtime/wait-for'
import type { Codec } from '@insights/schemas/codec'
import { schemaReadiness } from '@insights/schemas/registry/schema-readiness'

/**
 * The part that has started when the codec knows the registered schemas; a registry that comes later is waited for.
 * What encodes or decodes comes behind it, or asks `ready()` first.
 */
export function loadSchemas({
  codec,
  log,
  random,
}: {
  codec: Pick<Codec, 'load'>
  log: Logger
  random: () => number
}): Waiting {
  const until = 'the event schemas are not loaded yet'
  return waitFor({ name: 'event schemas', look: () => schemaReadiness(codec), until, log, random })
}
