import { pause } from '@insights/runtime/pause'
import type { BrokerClock } from './broker-clock.ts'

/**
 * Probes the broker's clock until the signal aborts: a few times at once, since the first answers of a connection are
 * slow, then every `everyMs`. One that failed, or was too slow to say much, is made again soon: without any for some
 * seconds the clock would not be trusted, and no call would leave for longer than that.
 */
export async function keepClock({
  clock,
  probe,
  everyMs,
  onChange,
  signal,
  onCrash,
}: {
  clock: BrokerClock
  probe: () => Promise<Parameters<BrokerClock['sample']>[0] | null>
  everyMs: number
  onChange: () => void
  signal: AbortSignal
  onCrash: (error: unknown) => void
}): Promise<void> {
  try {
    for (let probes = 0; !signal.aborted; probes++) {
      const before = clock.confirmedAt()
      const sample = await probe()
      if (sample !== null) clock.sample(sample)
      onChange()
      const isConfirmed = clock.confirmedAt() > before
      await pause(probes < FIRST_PROBES ? FIRST_EVERY_MS : isConfirmed ? everyMs : AGAIN_MS, signal)
    }
  } catch (error) {
    onCrash(error)
  }
}

const FIRST_PROBES = 5
const FIRST_EVERY_MS = 30
const AGAIN_MS = 200
