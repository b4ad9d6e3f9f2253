import { sql } from 'slonik'
import { z } from 'zod'
import { type InsightSelection, isDear, metadataKeysOf } from '../selection/insight-selection.ts'
import { type Asked, askReaders } from './ask-readers.ts'
import type { Reader } from './open-database.ts'
import type { Readers } from './share-readers.ts'

/** The selection asks for keys of the metadata that the tables do not know. */
export interface UnknownKeys {
  kind: 'unknown keys'
  unknown: string[]
  known: readonly string[]
}

const KnownKeys = z.object({ facet_keys: z.array(z.string()) })

/** Runs `query` over a selection of insights, where queries of its cost belong: of a list's, unless it is said. */
export async function askInsights<T>(
  readers: Readers,
  selection: InsightSelection,
  query: (reader: Reader) => Promise<T>,
  cost: 'cheap' | 'dear' = isDear(selection) ? 'dear' : 'cheap',
): Promise<Asked<T> | UnknownKeys> {
  const keys = metadataKeysOf(selection)
  const asked = await askReaders(readers, cost, async (reader) => {
    const unknown = keys.length > 0 ? await findUnknownKeys(reader, keys) : null
    return unknown ?? { kind: 'read' as const, value: await query(reader) }
  })
  return asked.kind === 'read' ? asked.value : asked
}

/** Null when all are known. The projector writes them when it begins. */
async function findUnknownKeys(reader: Reader, keys: readonly string[]): Promise<UnknownKeys | null> {
  const [row] = await reader.any(sql.type(KnownKeys)`select facet_keys from projection`)
  const known = row?.facet_keys ?? []
  const unknown = keys.filter((key) => !known.includes(key))
  return unknown.length === 0 ? null : { kind: 'unknown keys', unknown, known }
}
