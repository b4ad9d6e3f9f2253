import { instantSchemas, parseInstant } from '@insights/runtime/parse-instant'
import { z } from 'zod'
import { parameter } from './query-parameter.ts'

/** Epoch milliseconds, perhaps with a fraction; both ends belong to the window, and `end` is later than `start`. */
export interface TimeWindow {
  start: number
  end: number
}

const instantSyntax =
  'an ISO 8601 date-time such as 2026-01-02T03:04:05Z or 2026-01-02T03:04:05%2B02:00 (no offset means UTC), or a Unix time in seconds'

/** For the description of the API. In a query string a number is a text. */
const unixSchema = { type: 'string', pattern: String.raw`^(?:-\d{1,10}|\+?\d{1,11})(?:\.\d{1,9})?$` }
export const instantSchema = { type: undefined, anyOf: [...instantSchemas, unixSchema] }

/** The query parameters of a window. `endIsLater` is the rule between them. */
export const windowParameters = {
  start_time: parameter(parseInstant, `must be ${instantSyntax}`).meta({
    ...instantSchema,
    description: `Beginning of the window, inclusive: ${instantSyntax}.`,
    examples: ['2026-11-01T00:00:00Z'],
  }),
  end_time: parameter(parseInstant, `must be ${instantSyntax}`).meta({
    ...instantSchema,
    description: 'End of the window, inclusive; later than start_time and written like it.',
    examples: ['2026-12-01T00:00:00Z'],
  }),
}

/** Where a window may be open, its ends may be missing. */
interface WindowFields {
  start_time?: number | undefined
  end_time?: number | undefined
}

/** The arguments of a `superRefine` of an object that has `windowParameters`. */
export const endIsLater = [
  ({ start_time, end_time }: WindowFields, context: Pick<z.RefinementCtx, 'addIssue'>): void => {
    if (start_time === undefined || end_time === undefined || end_time > start_time) return
    context.addIssue({ code: 'custom', path: ['end_time'], message: 'must be later than start_time' })
  },
  // Also when other parameters are faulty: only these two must have been read.
  {
    when: ({ value }: { value: unknown }): boolean => isNumber(value, 'start_time') && isNumber(value, 'end_time'),
  },
] as const

function isNumber(value: unknown, name: keyof WindowFields): boolean {
  return typeof (value as Partial<WindowFields> | null)?.[name] === 'number'
}

/** A window as answers repeat it. */
export const TimeWindowRead = z.object({ start: z.iso.datetime(), end: z.iso.datetime() })

export const toTimeWindowRead = ({ start, end }: TimeWindow): z.infer<typeof TimeWindowRead> => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
})

/** The window of the examples, for the description of the API. */
export const timeWindowExample = { start: '2026-11-01T00:00:00.000Z', end: '2026-12-01T00:00:00.000Z' }
