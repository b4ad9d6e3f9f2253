import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { PipelineFault } from '../pipeline-fault.ts'
import { cutChunks, type Candidate } from './candidate.ts'

/** Time as it passes: monotonic ms. */
export interface Clock {
  now: () => number
  pause: (ms: number, signal?: AbortSignal) => Promise<void>
}

/**
 * Publishes the candidates in the order of the list, no faster than `rate` a second. Their bytes are read again in
 * chunks. What the broker does not take for its size, and what is gone from its topic meanwhile, is left.
 * @throws PipelineFault when the broker does not acknowledge, or what `signal` aborts with: what was published stays
 */
export async function publishInOrder<C extends Candidate>(options: {
  candidates: readonly C[]
  fetchAgain: (chunk: C[]) => Promise<Map<C, OutgoingRecord>>
  publish: (record: OutgoingRecord) => Promise<PublishResult>
  rate: number
  clock: Clock
  onPublished: (candidate: C) => void
  onLeft: (candidate: C, why: string) => void
  signal?: AbortSignal
}): Promise<void> {
  const { candidates, fetchAgain, publish, rate, clock, onPublished, onLeft, signal } = options
  const groupSize = Math.min(MOST_AT_ONCE, Math.max(1, Math.round((rate * GROUP_MS) / 1_000)))
  let due = clock.now()
  for (const chunk of cutChunks(candidates)) {
    const records = await fetchAgain(chunk)
    for (let at = 0; at < chunk.length; at += groupSize) {
      const group = chunk.slice(at, at + groupSize)
      await waitUntil(due, clock, signal)
      // Time that was lost is not made up for: the analyzers would get it all at once.
      due = Math.max(due, clock.now()) + (group.length / rate) * 1_000
      // All of them: what is acknowledged behind one that failed is counted, too.
      const settled = await Promise.allSettled(
        group.map(async (candidate) => {
          const record = records.get(candidate)
          if (record === undefined) return onLeft(candidate, 'it is gone from its topic meanwhile')
          const result = await publish(record)
          if (result.ok) onPublished(candidate)
          else if (result.reason === 'too_large')
            onLeft(candidate, `its original is larger than its topic takes: ${result.detail}`)
          else
            throw new PipelineFault(
              `Kafka did not acknowledge: ${result.detail}; what was published stays, run it again when Kafka is back`,
            )
        }),
      )
      const failed = settled.find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') throw failed.reason
    }
  }
}

async function waitUntil(due: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  while (due > clock.now()) {
    await clock.pause(Math.min(due - clock.now(), LONGEST_PAUSE_MS), signal)
    signal?.throwIfAborted()
  }
}

/** Records of so many milliseconds are sent together. */
const GROUP_MS = 100
const MOST_AT_ONCE = 500
/** A timer of more than 2³¹ ms fires at once, and so a very low rate would be the highest. */
const LONGEST_PAUSE_MS = 3_600_000
