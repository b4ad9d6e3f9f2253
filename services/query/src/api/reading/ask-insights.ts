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

/** The selection asks for words that the tables do not have (yet). */
export interface NotSearchable {
  kind: 'not searchable'
  /** Whether they are being made searchable. */
  soon: boolean
}

/** So many have the words that they were not counted in time. */
export interface TooFrequent {
  kind: 'too frequent'
}

export type InsightRefusal = UnknownKeys | NotSearchable | TooFrequent

const Projection = z.object({ facet_keys: z.array(z.string()), text_search: z.boolean(), searchable: z.boolean() })

/** Runs `query` over a selection of insights, where queries of its cost belong: of a list's, unless it is said. */
export async function askInsights<T>(
  readers: Readers,
  selection: InsightSelection,
  query: (reader: Reader) => Promise<T>,
  cost: 'cheap' | 'dear' = isDear(selection) ? 'dear' : 'cheap',
): Promise<Asked<T> | InsightRefusal> {
  const asked = await askReaders(readers, cost, async (reader) => {
    const refusal = await refuseSelection(reader, selection)
    return refusal ?? { kind: 'read' as const, value: await query(reader) }
  })
  if (asked.kind === 'away' && asked.isLate && selection.text !== null) return { kind: 'too frequent' }
  return asked.kind === 'read' ? asked.value : asked
}

/** Null when the tables know what is asked for; the projector says what they do when it begins. */
async function refuseSelection(
  reader: Reader,
  selection: InsightSelection,
): Promise<UnknownKeys | NotSearchable | null> {
  const keys = metadataKeysOf(selection)
  if (keys.length === 0 && selection.text === null) return null
  const [row] = await reader.any(sql.type(Projection)`select facet_keys, text_search, searchable from projection`)
  const known = row?.facet_keys ?? []
  const unknown = keys.filter((key) => !known.includes(key))
  if (unknown.length > 0) return { kind: 'unknown keys', unknown, known }
  if (selection.text === null || row?.searchable === true) return null
  return { kind: 'not searchable', soon: row?.text_search === true }
}
