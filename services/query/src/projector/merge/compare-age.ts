import { compareOrigins } from '@insights/schemas/events/compare-origins'
import type { Erasure, Insight, Place } from './state.ts'

export const comparePlaces = (a: Place, b: Place): number =>
  a.appendedAt - b.appendedAt || a.offset - b.offset || a.partition - b.partition

/** By submission; answers to one submission by their own records. */
export const compareInsights = (a: Pick<Insight, 'origin' | 'place'>, b: Pick<Insight, 'origin' | 'place'>): number =>
  compareOrigins(a.origin, b.origin) || comparePlaces(a.place, b.place)

export const compareErasures = (a: Erasure, b: Erasure): number =>
  a.erasedThrough - b.erasedThrough || comparePlaces(a.place, b.place)
