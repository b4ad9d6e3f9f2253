import type { Origin } from '@insights/schemas/events/origin'
import type { Erasure, Insight, Place } from './state.ts'

/** Negative when `a` was submitted before `b`; 0 for the same submission, also when it was published again. */
export const compareOrigins = (a: Origin, b: Origin): number =>
  a.appended_at - b.appended_at ||
  a.offset - b.offset ||
  a.partition - b.partition ||
  (a.topic < b.topic ? -1 : Number(a.topic > b.topic))

export const comparePlaces = (a: Place, b: Place): number =>
  a.appendedAt - b.appendedAt || a.offset - b.offset || a.partition - b.partition

/** By submission; answers to one submission by their own records. */
export const compareInsights = (a: Pick<Insight, 'origin' | 'place'>, b: Pick<Insight, 'origin' | 'place'>): number =>
  compareOrigins(a.origin, b.origin) || comparePlaces(a.place, b.place)

export const compareErasures = (a: Erasure, b: Erasure): number =>
  a.erasedThrough - b.erasedThrough || comparePlaces(a.place, b.place)
