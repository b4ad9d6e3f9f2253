import { LRUCache } from 'lru-cache'

export interface SchemaWaits {
  /** The registry answered for another schema and not for this one. True when that has gone on for too long. */
  refused(id: number, detail: string): boolean
  /** It has answered for this one, or does not answer at all: then nothing is known about this one. */
  forget(id: number): void
  /** Whether it has gone on for too long, and whether the last question is so old that it should be asked again. */
  overdue(id: number): { detail: string; isOld: boolean } | null
}

interface Wait {
  since: number
  askedAt: number
  detail: string
}

/** Each a few numbers. When there are more, those that were not met for the longest begin again. */
const MAX_WAITS = 32_768

/**
 * How long the registry has not given a schema although it answers for others. Only what was asked counts: a schema
 * that was not asked for in the meantime may be there again. `now` is monotonic, in ms.
 */
export function createSchemaWaits({
  waitMs,
  askAgainMs,
  now,
}: {
  waitMs: number
  askAgainMs: number
  now: () => number
}): SchemaWaits {
  const waits = new LRUCache<number, Wait>({ maxSize: MAX_WAITS, sizeCalculation: () => 1 })
  const isOverdue = ({ since, askedAt }: Wait) => askedAt - since >= waitMs

  return {
    refused: (id, detail) => {
      const askedAt = now()
      const wait = { since: waits.get(id)?.since ?? askedAt, askedAt, detail }
      waits.set(id, wait)
      return isOverdue(wait)
    },
    forget: (id) => void waits.delete(id),
    overdue: (id) => {
      const wait = waits.get(id)
      if (wait === undefined || !isOverdue(wait)) return null
      return { detail: wait.detail, isOld: now() - wait.askedAt >= askAgainMs }
    },
  }
}
