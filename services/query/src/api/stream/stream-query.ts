import { filterParameters, toSelection } from '../parameters/filter-parameters.ts'
import { parametersOf } from '../parameters/parameters-of.ts'
import { parameter } from '../parameters/query-parameter.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { decodePlaces, type Places } from './places.ts'

/** What of a selection an insight can be matched with as it comes. */
export type StreamFilter = Omit<InsightSelection, 'time' | 'start' | 'end' | 'text'>

export interface StreamQuery {
  filter: StreamFilter
  after: Places | null
}

export const CURSOR_FAULT =
  'is not an id of this stream: give the id of the last event as it came, or none to begin now'

const { time: _time, start_time: _start, end_time: _end, q: _q, ...filters } = filterParameters

/** The query string of `GET /api/v1/insights/stream`. Every fault it has is reported at once. */
export const StreamInsightsQuery = parametersOf(
  {
    ...filters,
    last_event_id: parameter(decodePlaces, CURSOR_FAULT)
      .optional()
      .describe(
        'As the header `Last-Event-ID`, for clients that cannot set one; the header counts where both are given.',
      ),
  },
  { metadata: true },
).transform((query): StreamQuery => {
  const window = { time: 'created_at', start_time: 0, end_time: 0 } as const
  const { sentiment, minConfidence, facets, truncated } = toSelection({ ...query, ...window })
  return { filter: { sentiment, minConfidence, facets, truncated }, after: query.last_event_id ?? null }
})
