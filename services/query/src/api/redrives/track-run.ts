import { within } from '@insights/runtime/deadline'
import { pause } from '@insights/runtime/pause'

const EVERY_MS = 5_000
/** Less than a run may be silent before another one may begin, so that no two publish at once. */
const HELD_FOR_MS = 15_000

/**
 * Says again and again that a run goes on. `held` resolves at once while that was heard lately; else it says so first:
 * after a pause of the process, or while Postgres was away, another run may have begun. Then `onLost` is called.
 * @param say tells it, and resolves to whether the run still has its turn
 */
export function trackRun({
  say,
  now,
  onLost,
  signal,
}: {
  say: () => Promise<'has its turn' | 'lost' | 'away'>
  /** Monotonic ms. */
  now: () => number
  onLost: () => void
  signal: AbortSignal
}) {
  let heardAt = now()
  let saying: Promise<void> | undefined

  async function sayOnce(): Promise<void> {
    const begun = now()
    const said = await within(EVERY_MS, say())
    if (said === 'has its turn') heardAt = begun
    if (said === 'lost') onLost()
  }
  const sayIt = () => (saying ??= sayOnce().finally(() => (saying = undefined)))
  const timer = setInterval(() => void sayIt(), EVERY_MS)

  return {
    say: sayIt,
    held: async (): Promise<void> => {
      while (!signal.aborted && now() - heardAt > HELD_FOR_MS) {
        await sayIt()
        if (now() - heardAt > HELD_FOR_MS) await pause(1_000, signal)
      }
      signal.throwIfAborted()
    },
    stop: () => clearInterval(timer),
  }
}
