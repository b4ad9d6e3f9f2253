import type { Consumer } from '@insights/runtime/kafka/consume/consumer'
import type { Part } from '@insights/runtime/lifecycle'
import type { Logger } from '@insights/runtime/logger'
import type { Waiting } from '@insights/runtime/wait-for'
import type { CallRunner } from './calls/run-calls.ts'
import type { deriveSetup } from './derive-setup.ts'
import type { joinGroup } from './group/join-group.ts'
import type { Admission } from './intake/admit-conversation.ts'
import type { Intake } from './intake/consume-conversations.ts'
import type { OutcomeDelivery } from './outcomes/deliver-outcomes.ts'
import type { createPartitions } from './partitions/create-partitions.ts'
import type { watchGroup } from './partitions/watch-group.ts'
import type { createSlots } from './slots/create-slots.ts'
import type { Preparer } from './text/create-preparer.ts'

/** In which order the parts of the analyzer start, and in which they stop. */
export function runParts({
  schemas,
  group,
  slots,
  partitions,
  consumer,
  watch,
  intake,
  admission,
  calls,
  preparer,
  outcomes,
  setup,
  log,
  onCrash,
}: {
  schemas: Waiting
  group: ReturnType<typeof joinGroup>
  slots: ReturnType<typeof createSlots>
  partitions: ReturnType<typeof createPartitions>
  consumer: Pick<Consumer, 'start' | 'quiesce' | 'stop'>
  watch: ReturnType<typeof watchGroup>
  intake: Intake
  admission: Pick<Admission, 'giveUpOld'>
  calls: Pick<CallRunner, 'recheck' | 'drain'>
  preparer: Pick<Preparer, 'stop'>
  outcomes: Pick<OutcomeDelivery, 'concluded'>
  setup: ReturnType<typeof deriveSetup>
  log: Logger
  onCrash: (error: unknown) => void
}): Part {
  const stopped = new AbortController()
  let starting: Promise<void> | undefined
  let sweeping: NodeJS.Timeout | undefined

  /** What only time changes. */
  function sweep(): void {
    group.budget.refresh()
    const at = group.now()
    if (at !== null) admission.giveUpOld(at - setup.maxAgeMs)
  }

  async function start(): Promise<void> {
    await schemas.start(stopped.signal)
    if (schemas.ready() !== null) return
    log.info(setup.startLine, 'analyzer starts')
    await group.start()
    slots.start(group.probeClock)
    await partitions.warmUp()
    sweeping = setInterval(sweep, SWEEP_MS)
    await consumer.start({
      onBatch: intake.onBatch,
      onNothing: intake.onNothing,
      onAssigned: (assignment) => {
        partitions.ownership.onAssigned(assignment)
        intake.rejoined()
        slots.onAssigned(assignment)
      },
    })
    watch.start()
  }

  return {
    name: 'analysis',
    start: () => {
      starting ??= start().catch(onCrash)
    },
    stop: async () => {
      stopped.abort()
      await starting
      const clockStopped = slots.stop()
      clearInterval(sweeping)
      intake.close()
      await Promise.all([consumer.quiesce(), watch.stop()])
      await calls.drain(setup.drainMs)
      await preparer.stop()
      await outcomes.concluded()
      await partitions.committer.flushed()
      await consumer.stop()
      await Promise.all([group.stop(), clockStopped, partitions.reader.stop()])
    },
  }
}

const SWEEP_MS = 5_000
