import { checkCursor, cursorParameter, type Position } from '../parameters/cursor.ts'
import { filterParameters, toSelection } from '../parameters/filter-parameters.ts'
import { parametersOf } from '../parameters/parameters-of.ts'
import { limitParameter } from '../parameters/query-parameter.ts'
import { endIsLater } from '../parameters/time-window.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'

export interface ListQuery {
  selection: InsightSelection
  limit: number
  after: Position | null
}

/** The query string of `GET /api/v1/insights`. Every fault it has is reported at once. */
export const ListInsightsQuery = parametersOf(
  {
    ...filterParameters,
    limit: limitParameter({ most: 1000, byDefault: 100, of: 'insights' }),
    cursor: cursorParameter,
  },
  { metadata: true },
)
  .superRefine(...endIsLater)
  .superRefine((query, context) => checkCursor(query.cursor, toSelection(query), context))
  .transform((query): ListQuery => {
    return { selection: toSelection(query), limit: query.limit, after: query.cursor?.position ?? null }
  })
