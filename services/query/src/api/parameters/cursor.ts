import { createHash } from 'node:crypto'
import { z } from 'zod'
import { parameter } from './query-parameter.ts'

/** The last row of a page: the next page begins behind it. */
export interface Position {
  /** The time that the rows are ordered by, epoch milliseconds; the tables hold whole ones, so nothing is lost. */
  at: number
  /** What tells rows of the same time apart. */
  id: string
}

/** A position and the fingerprint of the filter it was found under; under another one it means nothing. */
export interface Cursor {
  position: Position
  madeFor: string
}

/** Years 1 to 9999, as `parseInstant` takes and Postgres reads them. */
const [earliest, latest] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]
/** Version, time, id, fingerprint. What Postgres would refuse cannot come from us. */
const Content = z.tuple([
  z.literal(1),
  z.int().min(earliest).max(latest),
  z.string().refine((id) => id !== '' && !id.includes('\0')),
  z.string(),
])

/** An opaque, URL-safe text that says where the next page begins. */
function encodeCursor({ position, madeFor }: Cursor): string {
  const content: z.infer<typeof Content> = [1, position.at, position.id, madeFor]
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** Null for a text that `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor | null {
  const content = Content.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!content.success) return null
  const [, at, id, madeFor] = content.data
  return { position: { at, id }, madeFor }
}

/** Twelve characters that tell filters apart. The filter is plain JSON data with its fields in a fixed order. */
function fingerprint(filter: object): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 12)
}

/** The query parameter: the `next_cursor` of the page before. */
export const cursorParameter = parameter(
  decodeCursor,
  'is not a cursor of this API: give the next_cursor of the page before as it is',
)
  .optional()
  .describe('The next_cursor of the page before, with the same filter; limit may differ.')

/** Whether a cursor may go on with this filter; the fault is the client's. */
export function checkCursor(
  cursor: Cursor | undefined,
  filter: object,
  context: Pick<z.RefinementCtx, 'addIssue'>,
): void {
  if (cursor === undefined || cursor.madeFor === fingerprint(filter)) return
  const message = 'was made for another filter: keep the filter of the first page, or begin again without a cursor'
  context.addIssue({ code: 'custom', path: ['cursor'], message })
}

/** The `next_cursor` behind a position. */
export const cursorAfter = (position: Position, filter: object): string =>
  encodeCursor({ position, madeFor: fingerprint(filter) })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
