export interface WakeUp {
  /** Something has changed that reading or calling depends on: memory, partitions, clock, cool-down, budget. */
  changed(): void
  /** Who is woken: once for all changes of a turn of the event loop. */
  start(wake: () => void): void
}

/**
 * One wake-up for all that waits. Who changes something does not need to know who waits for it, and ten records that
 * settle together wake it once.
 */
export function createWakeUp(): WakeUp {
  let wake: (() => void) | undefined
  let due = false

  function run(): void {
    due = false
    wake?.()
  }

  return {
    changed: () => {
      if (due) return
      due = true
      queueMicrotask(run)
    },
    start: (woken) => void (wake = woken),
  }
}
