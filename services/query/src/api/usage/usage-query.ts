import { parametersOf } from '../parameters/parameters-of.ts'
import { endIsLater, type TimeWindow, windowParameters } from '../parameters/time-window.ts'

/** The query string of `GET /api/v1/usage`. Every fault it has is reported at once. */
export const ListUsageQuery = parametersOf({
  ...windowParameters,
  end_time: windowParameters.end_time.describe(
    'End of the window, later than start_time and written like it; midnight ends with the day before.',
  ),
})
  .superRefine(...endIsLater)
  .transform(({ start_time, end_time }): TimeWindow => ({ start: start_time, end: end_time }))

/**
 * The first and the last of the UTC days that a window reaches into, as `YYYY-MM-DD`. A window up to midnight ends with
 * the day before, so that one from the first of a month to the first of the next is that month.
 */
export function daysOf({ start, end }: TimeWindow): { first: string; last: string } {
  return { first: utcDay(Math.floor(start)), last: utcDay(Math.ceil(end) - 1) }
}

const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
