import type { z } from 'zod'

export type Fault = z.core.$ZodIssue

/** `isComplete`: all was looked at. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; issues: Fault[]; isComplete: boolean }

/** A field of the event that holds a list, and what is true of such a list; its items make most of the event. */
export interface LongList {
  field: string
  schema: z.ZodType<unknown[]>
}

/** These are enough to say what is wrong. */
const MAX_FAULTS = 100
const SLICE = 100

/**
 * Holds an event to its contract. zod collects all faults of what it is given (half a million empty messages took two
 * seconds and 500 MB), so a long list is given to it in slices, and the looking ends with the one after which there are
 * more than a hundred.
 */
export function parseEvent(schema: z.ZodType, event: unknown, list?: LongList): Parsed<unknown> {
  const items = list && (event as Record<string, unknown>)[list.field]
  if (!list || !Array.isArray(items) || items.length <= SLICE) return toParsed(schema.safeParse(event))
  const { field } = list
  const issues: Fault[] = []
  const good: unknown[] = []
  const parsed = schema.safeParse({ ...(event as object), [field]: items.slice(0, SLICE) })
  if (!parsed.success) issues.push(...parsed.error.issues)
  for (let from = SLICE; from < items.length; from += SLICE) {
    if (issues.length > MAX_FAULTS) return { ok: false, issues, isComplete: false }
    const slice = list.schema.safeParse(items.slice(from, from + SLICE))
    if (slice.success) good.push(...slice.data)
    else issues.push(...slice.error.issues.map((issue) => moveTo(issue, field, from)))
  }
  if (!parsed.success || issues.length > 0) return { ok: false, issues, isComplete: true }
  const value = parsed.data as Record<string, unknown[] | undefined>
  value[field] = [...(value[field] ?? []), ...good]
  return { ok: true, value }
}

function toParsed(result: z.ZodSafeParseResult<unknown>): Parsed<unknown> {
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, issues: result.error.issues, isComplete: true }
}

/** The fault's place in the event, when it was found in a slice that begins at `from`. */
function moveTo(issue: Fault, field: string, from: number): Fault {
  const [index, ...inside] = issue.path
  return { ...issue, path: [field, ...(typeof index === 'number' ? [from + index] : []), ...inside] }
}
