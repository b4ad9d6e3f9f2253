import type { Origin } from '@insights/schemas/events/origin'

/** Which of two submissions is the older one (I7): negative when `a` is, 0 when they are the same. */
export function compareAge(a: Origin, b: Origin): number {
  return (
    a.appended_at - b.appended_at ||
    a.offset - b.offset ||
    a.partition - b.partition ||
    (a.topic === b.topic ? 0 : a.topic < b.topic ? -1 : 1)
  )
}
