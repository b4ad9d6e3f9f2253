import { pause } from '@insights/runtime/kafka/backoff'
import type { BrokerClock } from './broker-clock.ts'

/**
 * Probes the broker's clock until the signal aborts: a few times at once, since the first answers of a connection are slow,
 * then every `everyMs`. A probe that fails tells nothing and is made again.
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
      const sample = await probe()
      if (sample !== null) clock.sample(sample)
      onChange()
      await pause(probes < FIRST_PROBES ? FIRST_EVERY_MS : everyMs, signal)
    }
  } catch (error) {
    onCrash(error)
  }
}

const FIRST_PROBES = 5
const FIRST_EVERY_MS = 30
