import { createHash } from 'node:crypto'
import { z } from 'zod'

/** The last row of a page: the next page begins behind it. */
export interface Position {
  /** Epoch milliseconds; the table holds whole ones, so nothing is lost. */
  created_at: number
  conversation_id: string
}

/** A position and the fingerprint of the filter it was found under; under another one it means nothing. */
export interface Cursor {
  position: Position
  madeFor: string
}

/** Years 1 to 9999, as `parseInstant` takes and Postgres reads them. */
const [earliest, latest] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]
/** Version, created_at, conversation_id, fingerprint. What Postgres would refuse cannot come from us. */
const Content = z.tuple([
  z.literal(1),
  z.int().min(earliest).max(latest),
  z.string().refine((id) => id !== '' && !id.includes('\0')),
  z.string(),
])

/** An opaque, URL-safe text that says where the next page begins. */
export function encodeCursor({ position, madeFor }: Cursor): string {
  const content: z.infer<typeof Content> = [1, position.created_at, position.conversation_id, madeFor]
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** Null for a text that `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor | null {
  const content = Content.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!content.success) return null
  const [, created_at, conversation_id, madeFor] = content.data
  return { position: { created_at, conversation_id }, madeFor }
}

/** Twelve characters that tell filters apart. The filter is plain JSON data with its fields in a fixed order. */
export function fingerprint(filter: object): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 12)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
