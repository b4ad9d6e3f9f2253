import type { Origin } from './origin.ts'

/** By age (I7): negative when `a` was submitted before `b`; 0 for one submission, also when it was published again. */
export const compareOrigins = (a: Origin, b: Origin): number =>
  a.appended_at - b.appended_at ||
  a.offset - b.offset ||
  a.partition - b.partition ||
  (a.topic < b.topic ? -1 : Number(a.topic > b.topic))
