/**
 * Splits long work over turns of the event loop. Hundreds of records, or the answers to all calls of a slot, arrive at
 * once and are processed without waiting for anything; a timer that is due meanwhile, of the next slot for example,
 * would fire too late. So long work asks before each piece: undefined when it may go on, else a promise that resolves
 * when it may. In each turn of the event loop the first of those that wait goes on, and the pieces of a turn together
 * take about `maxMs`.
 */
export function createEventLoopYield({
  maxMs,
  monotonic,
  nextTurn = setImmediate,
}: {
  maxMs: number
  monotonic: () => number
  nextTurn?: (then: () => void) => void
}): () => Promise<void> | undefined {
  const waiting: (() => void)[] = []
  let endsAt = -Infinity

  function giveTurn(): void {
    endsAt = monotonic() + maxMs
    waiting.shift()?.()
    if (waiting.length > 0) nextTurn(giveTurn)
  }

  return () => {
    if (monotonic() < endsAt) return undefined
    const turn = new Promise<void>((resolve) => waiting.push(resolve))
    if (waiting.length === 1) nextTurn(giveTurn)
    return turn
  }
}
