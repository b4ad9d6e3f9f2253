import type { Registry } from './connect-registry.ts'
import type { Lookup } from './find-schema.ts'
import type { SchemaWaits } from './wait-for-schema.ts'

/** `unavailable`: the registry answers, but not for this schema; for too long when it is overdue. */
export type Looked = Lookup | { kind: 'unavailable'; detail: string; isOverdue: boolean }

/**
 * Asks for a schema, and where it does not come, whether that is the registry's doing or this schema's: a schema of our
 * own (`ownId`; null before they are loaded) is there as long as the registry answers at all.
 */
export function createLookUp({
  registry,
  pace,
  waits,
  ownId,
  now,
}: {
  registry: Pick<Registry, 'findSchema'>
  pace: () => Promise<void>
  waits: SchemaWaits
  ownId: () => number | null
  /** Monotonic, in ms. */
  now: () => number
}): (schemaId: number) => Promise<Looked> {
  const answersOthers = rememberBriefly(async () => {
    const id = ownId()
    return id !== null && (await registry.findSchema(id)).kind !== 'away'
  }, now)

  return async (schemaId) => {
    await pace()
    const found = await registry.findSchema(schemaId)
    if (found.kind === 'away' && (await answersOthers())) {
      return { kind: 'unavailable', detail: found.detail, isOverdue: waits.refused(schemaId, found.detail) }
    }
    waits.forget(schemaId)
    return found
  }
}

/** Questions at one time, and within a moment of the last one, are one question. */
function rememberBriefly<T>(ask: () => Promise<T>, now: () => number): () => Promise<T> {
  let asked: Promise<T> | undefined
  let until = -Infinity
  return () => {
    if (asked === undefined || now() >= until) {
      until = Infinity
      asked = ask().finally(() => (until = now() + MOMENT_MS))
    }
    return asked
  }
}

const MOMENT_MS = 1_000
