import { loadSchemas } from '@insights/pipeline/load-schemas'
import type { Health } from '@insights/runtime/health'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { Part } from '@insights/runtime/lifecycle'
import { createSparingLog } from '@insights/runtime/log-sparingly'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import type { Codec } from '@insights/schemas/codec'
import { createCalls } from './calls/create-calls.ts'
import type { Config } from './config.ts'
import { createCounters } from './counters.ts'
import { deriveSetup } from './derive-setup.ts'
import { observeAnalyzer } from './gauges.ts'
import { createBudgetMetrics } from './group/budget/budget-metrics.ts'
import { joinGroup } from './group/join-group.ts'
import { createAdmission } from './intake/admit-conversation.ts'
import { createIntake } from './intake/consume-conversations.ts'
import { createMemoryBound } from './intake/memory-bound.ts'
import { createCarefulTaking } from './intake/take-carefully.ts'
import { createEventLoopYield } from './intake/yield-to-event-loop.ts'
import { createCallAnnouncer } from './outcomes/announce-call.ts'
import { createOutcomeDelivery } from './outcomes/deliver-outcomes.ts'
import { createOutcomeRecords } from './outcomes/to-outcome-records.ts'
import { createPartitions } from './partitions/create-partitions.ts'
import { watchGroup } from './partitions/watch-group.ts'
import type { Provider } from './provider/provider.ts'
import { runParts } from './run-parts.ts'
import { createSlots } from './slots/create-slots.ts'
import { reasonsToPause, tellReadiness } from './tell-readiness.ts'
import { createPreparer } from './text/create-preparer.ts'
import { createWakeUp } from './wake-up.ts'
import type { Work } from './work/work.ts'
import type { World } from './world.ts'

interface Outside {
  kafka: KafkaConnection
  publisher: Publisher
  codec: Codec
  provider: Provider
  health: Health
  metrics: Metrics
  log: Logger
  onCrash: (error: unknown) => void
}

/**
 * The path of the data through the analyzer, wired: consume → decode → admit → gather → pace → ask → judge → publish →
 * settle → commit. Each part is given what exists when it is created, so the parts stand in the order of what they
 * need; what goes the other way is a handler, given below them. It starts to consume when the schemas are loaded, and
 * drains before it leaves the group.
 */
export function createAnalyzer(config: Config, outside: Outside, world: World): Part {
  const { kafka, publisher, codec, provider, health, metrics, log, onCrash } = outside
  const { publish } = publisher
  const { now, monotonic, newId, random, randomInt, randomBytes } = world
  const setup = deriveSetup(config)
  const { input, groupId, prefix, plan, stallMs, maxCalls } = setup
  const counters = createCounters(metrics)
  const wakeUp = createWakeUp()
  const { changed } = wakeUp
  const yieldToEventLoop = createEventLoopYield({ maxMs: BUSY_MS, monotonic })

  // What the group gives us: partitions, slots of the cap, the cool-down and the budget that all share.
  const consumer = createConsumer({ kafka, log, groupId, topics: [input], onCrash, ...setup.consumer })
  const partitions = createPartitions({ kafka, consumer, groupId, topic: input, changed, onCrash, log })
  const { ownership, committer, reader } = partitions
  const slots = createSlots({ plan, topic: input, consumer, maxCalls, changed, onCrash, monotonic, now })
  const { pacer, brokerTime, eventTime } = slots
  const group = joinGroup({ kafka, member: newId(), ...setup.group, brokerTime, changed, onCrash, random, log })

  // The data's way, from its end: outcomes, the calls that decide them, the conversations that calls are about.
  const records = createOutcomeRecords({ encode: codec.encode, prefix, groupId, now: eventTime, randomBytes })
  const { settle } = committer
  const outcomes = createOutcomeDelivery({ records, publish, settle, counters, onCrash, ...setup.outcomes })
  const onLeft = createCallAnnouncer({ records, publish, onCrash, log })
  const memoryBound = createMemoryBound(setup.memory)
  const onStarted = (works: readonly Work[]) => {
    for (const { record } of works) memoryBound.begin(record)
    changed()
  }
  const making = { provider, pacer, group, outcomes, counters, onLeft, onStarted, yieldToEventLoop, onCrash, log }
  const calls = createCalls({ ...setup.calls, ...making, newId, randomInt, monotonic, now: eventTime })
  const preparer = createPreparer(setup.preparer)
  const careful = createCarefulTaking({ mark: committer.mark })
  const admission = createAdmission({
    preparer,
    memoryBound,
    calls,
    outcomes,
    counters,
    changed,
    onCrashAt: (place, error) => void careful.blame(place).then(() => onCrash(error)),
    monotonic,
    brokerNow: group.now,
  })
  const taking = { memoryBound, careful, admission, committer, yieldToEventLoop }
  const intake = createIntake({ codec, consumer, ownership, ...taking, log, sparing: createSparingLog({ log }) })

  // What goes back: an outcome that is settled, a partition that is lost, a change that something waits for.
  outcomes.start({ onLeft: admission.leave })
  ownership.start({ onLost: admission.forget })
  wakeUp.start(() => {
    intake.goOn()
    calls.recheck()
  })

  // What is seen from outside.
  const schemas = loadSchemas({ codec, log, random })
  const pauses = () => reasonsToPause({ group, intake })
  const watch = watchGroup({ reader, ownership, stallMs, pausedReason: () => pauses()[0] ?? null, monotonic, log })
  observeAnalyzer(metrics, { pauses, pacer, memoryBound, ownership, lag: watch.lag, groupId, topic: input })
  createBudgetMetrics(metrics, group.budget, setup.group.budget.budgetUsd)
  tellReadiness(health, { watch, schemas, consumer, publisher, group, intake, pacer, pauses })

  const all = { schemas, group, slots, partitions, consumer, watch, intake, admission, calls, preparer, outcomes }
  return runParts({ ...all, setup, log, onCrash })
}

/** How long records are taken in or answers processed before timers and sockets get their turn. */
const BUSY_MS = 2
