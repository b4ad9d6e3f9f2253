export interface SparingLog {
  /** `reason` is one of few: no ids, no offsets. `fields` and `message` are the line's. */
  warn(reason: string, fields: object, message: string): void
}

/** Beyond them all reasons share one: a stranger who finds a way to make reasons up fills no memory. */
const MAX_REASONS = 100

/**
 * One line for each reason and second, however many are asked for: the first is written at once; those that follow
 * within the second are counted, and at its end the first of them is written, with `left_out`, how many more there
 * were. A process that ends within that second does not write them; metrics count all.
 */
export function createSparingLog({
  log,
  everyMs = 1_000,
  later = (run, ms) => void setTimeout(run, ms).unref(),
}: {
  log: { warn(fields: object, message: string): void }
  everyMs?: number
  /** Runs something after some time, without keeping the process alive for it. */
  later?: (run: () => void, ms: number) => void
}): SparingLog {
  interface Held {
    fields: object
    message: string
    leftOut: number
  }
  /** The reasons whose line of this second is out, with what came after it. */
  const recent = new Map<string, Held | null>()

  function write(reason: string, fields: object, message: string): void {
    log.warn(fields, message)
    recent.set(reason, null)
    later(() => endOfSecond(reason), everyMs)
  }

  function endOfSecond(reason: string): void {
    const held = recent.get(reason)
    recent.delete(reason)
    if (held) write(reason, { ...held.fields, ...(held.leftOut > 0 && { left_out: held.leftOut }) }, held.message)
  }

  return {
    warn(wanted, fields, message) {
      const reason = recent.has(wanted) || recent.size < MAX_REASONS ? wanted : 'other reasons'
      const held = recent.get(reason)
      if (held === undefined) write(reason, fields, message)
      else if (held === null) recent.set(reason, { fields, message, leftOut: 0 })
      else held.leftOut++
    },
  }
}
