import { askInsights } from '../reading/ask-insights.ts'
import type { Asked } from '../reading/ask-readers.ts'
import type { InsightRefusal } from '../reading/ask-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import type { Readers } from '../reading/share-readers.ts'
import { type InsightSelection, isWide } from '../selection/insight-selection.ts'
import type { Unfinished } from './rank-facets.ts'

/** Insights of rare values lie in pages of their own, those of a window beside each other. */
const FAR_APART = 4
/** What is read beside cheap reads: some ten milliseconds. */
const CHEAP_ROWS = 5_000

/**
 * Asks for a ranking where queries of its cost belong. From the rollups first, as is cheap; when too many insights of
 * rare values would be read for that, then, in a read of its own, those or all of the window, whichever is quicker.
 */
export async function askRanked<T extends { kind: 'ranked' }>(
  readers: Readers,
  selection: InsightSelection,
  {
    rolled,
    rows,
    cheapRows = CHEAP_ROWS,
  }: {
    /** From the rollups, and at most `mostRows` insights; null where they cannot answer. */
    rolled: ((reader: Reader, mostRows: number) => Promise<T | Unfinished>) | null
    rows: (reader: Reader) => Promise<T>
    cheapRows?: number
  },
): Promise<Asked<T> | InsightRefusal> {
  const cost = isWide(selection) ? 'dear' : 'cheap'
  if (rolled === null) return askInsights(readers, selection, rows, cost)
  const first = await askInsights(readers, selection, (reader) => rolled(reader, cheapRows), 'cheap')
  if (first.kind !== 'read') return first
  const { value } = first
  if (value.kind === 'ranked') return { kind: 'read', value }
  if (value.work * FAR_APART > value.total) return askInsights(readers, selection, rows, cost)
  const finish = async (reader: Reader): Promise<T> => {
    const again = await rolled(reader, Infinity)
    // The rollups went meanwhile.
    return again.kind === 'ranked' ? again : rows(reader)
  }
  return askInsights(readers, selection, finish, cost)
}
