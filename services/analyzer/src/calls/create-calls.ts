import type { Logger } from '@insights/runtime/logger'
import { createRefusalNotice } from '../answer/notice-refusals.ts'
import type { Payments } from '../group/budget/budget.ts'
import type { Cooldown } from '../group/cooldown/cooldown.ts'
import type { OutcomeDelivery } from '../outcomes/deliver-outcomes.ts'
import type { Provider } from '../provider/provider.ts'
import type { Pacer } from '../slots/pace-calls.ts'
import type { Work } from '../work/work.ts'
import { createConcurrency } from './derive-concurrency.ts'
import { createGatherer } from './gather-batch.ts'
import { createMakeCall } from './make-call.ts'
import { createCallRunner, type CallRunner } from './run-calls.ts'

type CallMaking = Parameters<typeof createMakeCall>[0]

/** Batches, and the calls about them: from a conversation that waits to what became of it. */
export function createCalls({
  batch,
  ratePerSecond,
  maxInFlight,
  maxAttempts,
  retryMs,
  retryMaxMs,
  callsPerSlot,
  provider,
  pacer,
  group,
  outcomes,
  onStarted,
  onCrash,
  log,
  ...making
}: Omit<CallMaking, 'provider' | 'refusals'> & {
  batch: Parameters<typeof createGatherer>[0]
  /** The cap of the group. */
  ratePerSecond: number
  maxInFlight: number
  maxAttempts: number
  retryMs: number
  retryMaxMs: number
  callsPerSlot: number
  provider: Provider
  pacer: Pacer
  group: { cooldown: Cooldown; budget: Payments }
  outcomes: Pick<OutcomeDelivery, 'ofCall' | 'lost'>
  /** These wait no longer: they are in a call. */
  onStarted: (works: readonly Work[]) => void
  onCrash: (error: unknown) => void
  log: Logger
}): CallRunner {
  const { cooldown, budget } = group
  const refusals = createRefusalNotice({ heldFor: cooldown.reason, lastCleared: cooldown.lastCleared })
  return createCallRunner({
    gatherer: createGatherer(batch),
    pacer,
    cooldown,
    payments: budget,
    callsPerSlot,
    concurrency: createConcurrency({ ratePerSecond, ceiling: maxInFlight, floor: Math.min(4, maxInFlight) }),
    connections: provider,
    makeCall: createMakeCall({ ...making, provider, refusals }),
    evidence: refusals.evidence,
    outcomes,
    onStarted,
    maxAttempts,
    retryMs,
    retryMaxMs,
    onCrash,
    log,
    monotonic: making.monotonic,
  })
}
