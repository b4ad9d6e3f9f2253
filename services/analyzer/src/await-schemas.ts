import { awaitDependencies } from '@insights/runtime/await-dependencies'
import type { Logger } from '@insights/runtime/logger'
import type { Codec } from '@insights/schemas/codec'
import { schemaReadiness } from '@insights/schemas/registry/schema-readiness'

/** Waits for the event schemas: the registry may come up later than the analyzer. */
export function createSchemaWait({ codec, log, random }: { codec: Codec; log: Logger; random: () => number }) {
  let missing: string | null = 'the event schemas are not loaded yet'
  const report = (reason: string | null) => (missing = reason)
  return {
    missing: () => missing,
    /** False when the signal aborted before. */
    until: (signal: AbortSignal) => awaitDependencies([() => schemaReadiness(codec)], { log, random, report, signal }),
  }
}
