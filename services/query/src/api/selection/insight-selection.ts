import { type InsightTime, type Sentiment, TRUNCATED } from '../../counts/sum-insights.ts'

/** What selects insights: all of it, null or empty parts aside. What is not asked for is the same for every caller. */
export interface InsightSelection {
  time: InsightTime
  /** Epoch ms, perhaps with a fraction; both ends belong to the window. */
  start: number
  end: number
  sentiment: Sentiment | null
  minConfidence: number | null
  /** An insight has all of these, each under any of its names: `cluster=…`, `source=…`, `model=…`, `metadata.…=…`. */
  facets: readonly (readonly string[])[]
  truncated: boolean | null
  /** Words to look for in the reasoning and the messages, in the syntax of `websearch_to_tsquery`. */
  text: string | null
}

/**
 * The count of a window is dear where rows must be counted, and its page where the newest that match are far between.
 * Without any filter neither is so: the rollups count, and each row matches. Words are looked up in all of time.
 */
export function isDear(selection: InsightSelection): boolean {
  const { facets, sentiment, minConfidence, truncated, text } = selection
  const isFiltered = facets.length > 0 || [sentiment, minConfidence, truncated, text].some((wanted) => wanted !== null)
  return text !== null || (isFiltered && isWide(selection))
}

/** Whether a window has more rows than are read in moments. */
export const isWide = ({ start, end }: Pick<InsightSelection, 'start' | 'end'>): boolean =>
  end - start > CHEAP_WINDOW_MS
const CHEAP_WINDOW_MS = 25 * 3_600_000

/** All facets that are asked for: that a conversation was too long is one. */
export const facetsOf = ({
  facets,
  truncated,
}: Pick<InsightSelection, 'facets' | 'truncated'>): InsightSelection['facets'] =>
  truncated === true ? [...facets, [TRUNCATED]] : facets

/** The keys of the metadata that are asked for. */
export function metadataKeysOf({ facets }: Pick<InsightSelection, 'facets'>): string[] {
  const keys = facets.flat().flatMap((facet) => /^metadata\.([^=]*)=/su.exec(facet)?.[1] ?? [])
  return [...new Set(keys)]
}
