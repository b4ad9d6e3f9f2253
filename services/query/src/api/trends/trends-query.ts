import { filterParameters, toSelection } from '../parameters/filter-parameters.ts'
import { parametersOf } from '../parameters/parameters-of.ts'
import { booleanParameter, wordParameter } from '../parameters/query-parameter.ts'
import { endIsLater } from '../parameters/time-window.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { type Interval, INTERVALS, listIntervals } from './intervals.ts'

export interface TrendsQuery {
  selection: InsightSelection
  interval: Interval
  compare: boolean
  percentiles: boolean
}

/** Four years of days, two months of hours, a day of minutes. */
export const MOST_INTERVALS = 1_500

/** The query string of `GET /api/v1/trends`. Every fault it has is reported at once. */
export const ListTrendsQuery = parametersOf(
  {
    ...filterParameters,
    interval: wordParameter(INTERVALS)
      .default('day')
      .meta({
        enum: [...INTERVALS],
        default: 'day',
        description: `How long an interval is, UTC; weeks begin on Mondays. A window may reach into ${MOST_INTERVALS} intervals.`,
      }),
    compare: wordParameter(['previous'])
      .optional()
      .meta({
        enum: ['previous'],
        description: 'Beside each interval the same figures of the window of the same length right before.',
      }),
    percentiles: booleanParameter().default(false).meta({
      type: 'boolean',
      default: false,
      description:
        'Whether to give the percentiles of the score. They are read of the insights one by one, so that a window may have a million at most.',
    }),
  },
  { metadata: true },
)
  .superRefine(...endIsLater)
  .superRefine((query, context) => {
    const fault = tooMany(query.interval, toSelection(query))
    if (fault !== null) context.addIssue({ code: 'custom', path: ['interval'], message: fault })
  })
  .transform((query): TrendsQuery => {
    const { interval, percentiles } = query
    return { selection: toSelection(query), interval, percentiles, compare: query.compare === 'previous' }
  })

/** Null when a window has not too many intervals. */
function tooMany(interval: Interval, window: { start: number; end: number }): string | null {
  const has = (one: Interval) => listIntervals(one, window, MOST_INTERVALS + 1).length > MOST_INTERVALS
  if (!has(interval)) return null
  const longer = INTERVALS.slice(INTERVALS.indexOf(interval) + 1).find((one) => !has(one))
  const advice = longer === undefined ? 'ask for a shorter window' : `take interval=${longer}, or a shorter window`
  return `is too short for this window, which would have more than ${MOST_INTERVALS} of them: ${advice}`
}
