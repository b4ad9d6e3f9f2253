import { z } from 'zod'

/**
 * How far a stream has come: of each partition of `insights.produced`, by its number, the offset of the last record
 * whose insight is behind it; -1 or nothing where there is none yet. Of one partition insights become visible in the
 * order of their offsets, so what is not behind a place is still to come.
 */
export type Places = readonly number[]

export interface Place {
  partition: number
  offset: number
}

export const isBehind = (places: Places, { partition, offset }: Place): boolean => offset <= (places[partition] ?? -1)

/** The farther of the two, in each partition. */
export const farthest = (one: Places, other: Places): Places =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, partition) =>
    Math.max(one[partition] ?? -1, other[partition] ?? -1),
  )

/** The one that is less far, in each partition. */
export const nearest = (one: Places, other: Places): Places =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, partition) =>
    Math.min(one[partition] ?? -1, other[partition] ?? -1),
  )

/** `places`, but in no partition farther than `heads`, and without partitions that those do not have. */
export const notBeyond = (places: Places, heads: Places): Places =>
  heads.map((head, partition) => Math.min(head, places[partition] ?? -1))

/** How many records lie between the two at most, in all partitions together. */
export const apart = (one: Places, other: Places): number =>
  farthest(one, other).reduce((sum, offset, partition) => {
    return sum + offset - Math.min(one[partition] ?? -1, other[partition] ?? -1)
  }, 0)

/** Whether nothing is behind `other` that is not behind `places`. */
export const covers = (places: Places, other: Places): boolean =>
  other.every((offset, partition) => isBehind(places, { partition, offset }))

/** More than any topic of ours has, so that a cursor is a bounded list. */
const MOST_PARTITIONS = 1_000
const Content = z.tuple([z.literal(1), z.array(z.int().min(-1)).max(MOST_PARTITIONS)])

/** An opaque, URL-safe text. */
export function encodePlaces(places: Places): string {
  const content: z.infer<typeof Content> = [1, [...places]]
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** Null for a text that `encodePlaces` did not make. */
export function decodePlaces(text: string): Places | null {
  try {
    const content = Content.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return content.success ? content.data[1] : null
  } catch {
    return null
  }
}
