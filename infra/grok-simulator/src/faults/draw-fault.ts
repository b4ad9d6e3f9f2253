import { z } from 'zod'
import { actOf, faultKinds, type FaultKind } from './fault-kinds.ts'
import type { Random } from '../seeded-random.ts'

/** One fault as `/__sim/config` takes and shows it. */
export const Fault = z
  .strictObject({
    kind: z.enum(Object.keys(faultKinds) as [FaultKind, ...FaultKind[]]),
    /** Which part of the calls that get to this fault it hits. */
    share: z.number().min(0).max(1).default(1),
    /** It is gone after this many calls that got to it, hit or not. */
    next: z.int().min(1).optional(),
    /** Only calls about so many items and more get to it, those that a client adds for itself included. */
    min_items: z.int().min(1).optional(),
    /** It is gone this long after it was set, in ms. */
    for_ms: z.number().positive().optional(),
    /** `Retry-After` of what is said: seconds ("90"), or "date:90" for the HTTP date so many seconds ahead. */
    retry_after: z
      .string()
      .regex(/^(date:)?\d{1,9}$/, 'must be seconds, or "date:" and seconds')
      .optional(),
  })
  .refine((fault) => fault.retry_after === undefined || actOf(fault.kind).refuse !== undefined, {
    path: ['retry_after'],
    error: 'only for kinds that say something of their own',
  })
export type Fault = z.infer<typeof Fault>

/** The faults in force. */
export interface Faults {
  /**
   * The fault that hits the call about `items` that comes at `nowMs`, or null. The first in the list that matches wins.
   */
  draw(nowMs: number, items: number): Fault | null
  /** What is left of them: `next` and `for_ms` as they would have to be set now. */
  left(nowMs: number): Fault[]
}

/**
 * Arms a list of faults at `setAtMs` (monotonic, as all times here). A call gets to a fault when it has the items that
 * this asks for and none before it in the list hit it, so a list of faults with `next` is a script: each takes its
 * calls, one fault after the other.
 */
export function armFaults(list: readonly Fault[], setAtMs: number, random: Random): Faults {
  let armed = list.map((fault): Armed => ({
    fault,
    calls: fault.next ?? Infinity,
    untilMs: setAtMs + (fault.for_ms ?? Infinity),
  }))
  const dropSpent = (nowMs: number) => {
    armed = armed.filter(({ calls, untilMs }) => calls > 0 && nowMs < untilMs)
  }

  return {
    draw: (nowMs, items) => {
      dropSpent(nowMs)
      for (const entry of armed) {
        if (items < (entry.fault.min_items ?? 0)) continue
        entry.calls -= 1
        if (random() < entry.fault.share) return entry.fault
      }
      return null
    },
    left: (nowMs) => {
      dropSpent(nowMs)
      return armed.map((entry) => leftOf(entry, nowMs))
    },
  }
}

interface Armed {
  fault: Fault
  /** How many more calls it takes. */
  calls: number
  untilMs: number
}

function leftOf({ fault, calls, untilMs }: Armed, nowMs: number): Fault {
  const left = { ...fault }
  if (left.next !== undefined) left.next = calls
  if (left.for_ms !== undefined) left.for_ms = untilMs - nowMs
  return left
}

/** The value of the header; an HTTP date has whole seconds, so it may name a moment up to a second earlier. */
export function retryAfterHeader(value: string, wallClockMs: number): string {
  if (!value.startsWith('date:')) return value
  return new Date(wallClockMs + Number(value.slice('date:'.length)) * 1000).toUTCString()
}
