import type { Fault } from './draw-fault.ts'
import { actOf, isFaultKind, type FaultKind } from './fault-kinds.ts'
import type { Item } from '../requests/read-protocol.ts'
import { refusals, type Refusal } from './refusals.ts'

/** A fault that hits a call. */
export interface Hit {
  kind: 'hit'
  fault: FaultKind
  /** The place of the item that it is about, for kinds that are about one. */
  at: number
  /** As in `Fault`. */
  retryAfter?: string | undefined
}

export interface FaultSource {
  /** Whether markers count. */
  markers: boolean
  /** Draws the fault that hits this call about so many items, or null. */
  draw: (items: number) => Fault | null
  /** Draws a place among so many. */
  drawPlace: (count: number) => number
}

/**
 * The fault that hits a call: that of a marker `[sim:<kind>]` in one of its texts, else one that is drawn. A marker
 * hits every call that carries its conversation, so the poison follows it; the first in the order of the items wins. A
 * marker with a kind that does not exist is refused, wherever it stands: the test that sent it would prove nothing.
 */
export function chooseFault(items: readonly Item[], { markers, draw, drawPlace }: FaultSource): Hit | Refusal | null {
  if (markers) {
    const marked = findMarker(items)
    if (marked !== null) return marked
  }
  const drawn = draw(items.length)
  if (drawn === null) return null
  const at = actOf(drawn.kind).answer && items.length > 0 ? drawPlace(items.length) : 0
  return { kind: 'hit', fault: drawn.kind, at, retryAfter: drawn.retry_after }
}

const marker = /\[sim:(\w+)\]/g

function findMarker(items: readonly Item[]): Hit | Refusal | null {
  let first: Hit | null = null
  for (const [at, { messages }] of items.entries()) {
    for (const { text } of messages) {
      // Most texts have none, and this is asked of each.
      if (!text.includes('[sim:')) continue
      for (const [, kind = ''] of text.matchAll(marker)) {
        if (!isFaultKind(kind)) return refusals.brokenProtocol(`there is no kind of fault ${kind}, as a marker says`)
        first ??= { kind: 'hit', fault: kind, at }
      }
    }
  }
  return first
}
