/**
 * Work in turns. Hundreds of records, and the answers to all calls of a slot, are there at once and worked off without
 * ever waiting for anything; a timer that is due meanwhile, of the next slot for example, would fire too late. So
 * whoever has much to do asks before each piece: undefined when it may go on, else a promise that resolves when it is
 * its turn. In a turn of the event loop one of those that wait goes on, in the order in which they came, and the pieces
 * together take about `maxMs`.
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
