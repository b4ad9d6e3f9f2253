export interface Room {
  /** Resolves true when `bytes` and one record have a place, false when the signal aborts first. First come, first served. */
  enter(bytes: number, signal: AbortSignal): Promise<boolean>
  leave(bytes: number): void
  used(): { records: number; bytes: number }
}

/**
 * Bounds everything between admission and acknowledged outcome, in records and bytes (I8). One record larger than the whole
 * bound still gets in when the room is empty, or it would wait for ever.
 */
export function createRoom({ maxRecords, maxBytes }: { maxRecords: number; maxBytes: number }): Room {
  const waiting = new Set<() => boolean>()
  let records = 0
  let used = 0

  const fits = (bytes: number) => records === 0 || (records < maxRecords && used + bytes <= maxBytes)
  function occupy(bytes: number) {
    records++
    used += bytes
  }

  return {
    enter: (bytes, signal) => {
      if (signal.aborted) return Promise.resolve(false)
      if (waiting.size === 0 && fits(bytes)) {
        occupy(bytes)
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const leaveQueue = (entered: boolean) => {
          waiting.delete(tryEnter)
          signal.removeEventListener('abort', giveUp)
          resolve(entered)
        }
        const giveUp = () => {
          leaveQueue(false)
          admitWaiting()
        }
        const tryEnter = () => {
          if (!fits(bytes)) return false
          occupy(bytes)
          leaveQueue(true)
          return true
        }
        waiting.add(tryEnter)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
    leave: (bytes) => {
      records--
      used -= bytes
      admitWaiting()
    },
    used: () => ({ records, bytes: used }),
  }

  function admitWaiting() {
    for (const tryEnter of waiting) if (!tryEnter()) return
  }
}
