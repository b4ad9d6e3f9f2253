/** kafkajs has no background heartbeat: while a handler works, none is sent unless it calls its `heartbeat`. */
export interface Heartbeat {
  enter(beat: () => Promise<void>): { progress(): void; leave(): void }
}

/**
 * Beats on a timer while any handler runs, and stops when one of them was silent for `maxSilenceMs`: a hung handler
 * must not keep its partitions for ever (I9). The timer exists only while a handler runs, so an idle process does not
 * wake up.
 */
export function createHeartbeat({
  intervalMs,
  maxSilenceMs,
  onFailed,
  onSilent,
  now = () => performance.now(),
}: {
  intervalMs: number
  maxSilenceMs: number
  onFailed: (error: unknown) => void
  onSilent: (silentMs: number) => void
  now?: () => number
}): Heartbeat {
  const working = new Map<object, { beat: () => Promise<void>; lastProgress: number }>()
  let timer: NodeJS.Timeout | undefined

  function tick() {
    const silentMs = now() - Math.min(...[...working.values()].map((handler) => handler.lastProgress))
    if (silentMs > maxSilenceMs) return onSilent(silentMs)
    const [first] = working.values()
    first?.beat().catch(onFailed)
  }

  return {
    enter: (beat) => {
      const handler = { beat, lastProgress: now() }
      working.set(handler, handler)
      timer ??= setInterval(tick, intervalMs)
      return {
        progress: () => {
          handler.lastProgress = now()
        },
        leave: () => {
          working.delete(handler)
          if (working.size > 0) return
          clearInterval(timer)
          timer = undefined
        },
      }
    },
  }
}
