import { setImmediate as nextTurn } from 'node:timers/promises'
import { awaitDependencies } from '@insights/runtime/await-dependencies'
import type { Health } from '@insights/runtime/health'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import { createGroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Part } from '@insights/runtime/lifecycle'
import { createSparingLog } from '@insights/runtime/log-sparingly'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import type { Codec } from '@insights/schemas/codec'
import { internalTopicName, topicName, topics } from '@insights/schemas/topics'
import { schemaReadiness } from '@insights/schemas/registry/schema-readiness'
import { analyzeBatch, type Analysis } from './calls/analyze-batch.ts'
import { createCooldownAnnouncer } from './group/cooldown/announce-cooldown.ts'
import type { AskOptions, Grok } from './provider/ask-grok.ts'
import { createBrokerClock } from './slots/broker-clock.ts'
import { createAdmission } from './intake/admit-conversation.ts'
import { createCommitter } from './partitions/commit-settled.ts'
import type { Config } from './config.ts'
import { createIntake } from './intake/consume-conversations.ts'
import { createPreparer } from './text/create-preparer.ts'
import { createConcurrency } from './calls/derive-concurrency.ts'
import { guessUsage, listPrice } from './provider/estimate-cost.ts'
import { createSignalExchange } from './group/exchange-signals.ts'
import { createGroupFollower } from './partitions/follow-group.ts'
import { createGatherer } from './calls/gather-batch.ts'
import { createBudget } from './group/budget/budget.ts'
import { keepClock } from './slots/keep-clock.ts'
import { createCounters } from './counters.ts'
import { observeAnalyzer } from './gauges.ts'
import { createOutageNotice } from './answer/notice-outage.ts'
import { createOwnership } from './partitions/own-partitions.ts'
import { createPacer, type Generation } from './slots/pace-calls.ts'
import { durationMs } from './parse-duration.ts'
import { planSlots } from './slots/plan-slots.ts'
import { promptSettings, promptVersion } from './question/prompt.ts'
import { publishOutcomes } from './outcomes/publish-outcomes.ts'
import { createBudgetMetrics } from './group/budget/budget-metrics.ts'
import { createMemoryBound } from './intake/memory-bound.ts'
import { createCarefulTaking } from './intake/take-carefully.ts'
import { createCallRunner } from './calls/run-calls.ts'
import { createOutcomeRecords } from './outcomes/to-outcome-records.ts'
import type { CallFacts } from './work/call-facts.ts'
import { createProgressWatch } from './partitions/watch-progress.ts'
import { createCooldown } from './group/cooldown/cooldown.ts'
import type { Work } from './work/work.ts'
import { createEventLoopYield } from './intake/yield-to-event-loop.ts'

/** Clocks, ids and randomness: what the analyzer takes from outside. */
export interface World {
  /** Epoch milliseconds. */
  now: () => number
  monotonic: () => number
  /** A new UUID. */
  newId: () => string
  /** [0, 1), for jitter. */
  random: () => number
  /** 0 … max-1, unpredictable. */
  randomInt: (max: number) => number
  randomBytes: (n: number) => Buffer
}

/**
 * The path of the data through the analyzer, wired: consume → decode → admit → gather → pace → ask → judge → publish →
 * settle → commit. It starts to consume when the schemas are loaded, and drains before it leaves the group.
 */
export function createAnalyzer(
  config: Config,
  deps: {
    kafka: KafkaConnection
    publisher: Publisher
    codec: Codec
    grok: Grok
    health: Health
    metrics: Metrics
    log: Logger
    onCrash: (error: unknown) => void
  },
  { now, monotonic, newId, random, randomInt, randomBytes }: World,
): Part {
  const { kafka, publisher, codec, grok, health, log, onCrash } = deps
  const counters = createCounters(deps.metrics)
  const prefix = config.TOPIC_PREFIX
  const settings = promptSettings(config)
  const version = promptVersion(settings)
  const input = topicName('conversationsReceived', prefix)
  const groupId = `${prefix}analyzer`
  const member = newId()
  const plan = planSlots(config.OUTBOUND_RPS)
  const maxAgeMs = durationMs(config.ANALYSIS_MAX_AGE)
  const perSecond = (1000 / plan.slotMs) * plan.callsPerSlot * config.BATCH_SIZE

  const clock = createBrokerClock({ settleMs: CLOCK_SETTLE_MS })
  const memoryBound = createMemoryBound({
    shared: Math.max(10 * config.BATCH_SIZE, Math.ceil(perSecond * BUFFER_SECONDS)),
    reserved: 2 * config.BATCH_SIZE,
    maxBytes: config.BUFFER_MAX_BYTES,
  })
  const yieldToEventLoop = createEventLoopYield({ maxMs: BUSY_MS, monotonic })
  const outage = createOutageNotice(Math.max(5, config.MAX_RETRIES + 2))
  const records = createOutcomeRecords({ encode: codec.encode, prefix, now, randomBytes })
  const concurrency = createConcurrency({
    ratePerSecond: config.OUTBOUND_RPS,
    ceiling: config.MAX_CALLS_IN_FLIGHT,
    floor: Math.min(4, config.MAX_CALLS_IN_FLIGHT),
  })
  let generation: Generation | null = null

  const consumer = createConsumer({
    kafka,
    log,
    groupId,
    topics: [input],
    onCrash,
    sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
    // Often, because a member learns of a rebalance by its next heartbeat, and a new member starts only when all have.
    heartbeatIntervalMs: HEARTBEAT_MS,
    maxWaitMs: MAX_WAIT_MS,
    partitionsConsumedConcurrently: topics.conversationsReceived.partitions,
  })
  const reader = createGroupReader({ kafka, groupId, topic: input })
  const ownership = createOwnership({
    topic: input,
    consumer,
    reader,
    onLost: (lost) => admission.forget(lost),
    onReady: (lease) => {
      committer.renew(lease)
      intake.goOn()
    },
    onCrash,
    log,
  })
  const committer = createCommitter({ commit: consumer.commit, onCrash, beforeCommit: nextTurn })
  const careful = createCarefulTaking({ mark: committer.mark })
  const preparer = createPreparer({
    settings: {
      model: settings.model,
      promptVersion: version,
      itemMaxTokens: settings.itemMaxTokens,
      maskPii: settings.maskPii,
    },
    deadlineMs: config.SESSION_TIMEOUT_MS / 4,
  })
  const admission = createAdmission({
    preparer,
    memoryBytes: config.BUFFER_MAX_BYTES / 4,
    maxAge: config.ANALYSIS_MAX_AGE,
    memoryBound,
    records,
    calls: {
      add: (work) => runner.add(work),
      drop: (isGone) => runner.drop(isGone),
      recheck: () => runner.recheck(),
    },
    publishAll: (outcomes) => publishOutcomes(publisher.publish, outcomes),
    settle: committer.settle,
    goOn: () => intake.goOn(),
    counters,
    onCrash,
    onCrashAt: (place, error) => void careful.blame(place).then(() => onCrash(error)),
    monotonic,
    brokerNow,
  })
  const intake = createIntake({
    decode: codec.decode,
    prefetch: codec.prefetch,
    ownership,
    memoryBound,
    admit: admission.admit,
    giveUp: admission.giveUp,
    advance: committer.advance,
    careful,
    yieldToEventLoop,
    consumer,
    log,
    sparing: createSparingLog({ log }),
  })

  const signals = createSignalExchange({
    kafka,
    log,
    topic: internalTopicName('analyzerSignals', prefix),
    groupId: `${prefix}analyzer-signals-${member}`,
    member,
    onCooldown: (signal, appendedAt) => cooldown.receive(signal, appendedAt),
    onSpending: (signal, appendedAt) => budget.receive(signal, appendedAt),
    onCrash,
  })
  const announce = createCooldownAnnouncer(log)
  const cooldown = createCooldown({
    member,
    backoffMs: config.BACKOFF_SECONDS * 1000,
    probeMs: config.PROBE_SECONDS * 1000,
    // For a slot of its own, which comes once in a round of all partitions, and the call.
    probeTimeoutMs: config.GROK_TIMEOUT_MS + 10_000 + plan.slotMs * topics.conversationsReceived.partitions,
    random,
    now: brokerNow,
    publish: signals.publishCooldown,
    onChange: () => {
      announce(cooldown.held())
      runner.recheck()
    },
  })
  const budgetUsd = config.DAILY_BUDGET_USD ?? null
  const budget = createBudget({
    member,
    model: settings.model,
    budgetUsd,
    callsPerSecond: config.OUTBOUND_RPS,
    guessTicks: listPrice(settings.model, guessUsage(config.BATCH_SIZE, config.BATCH_MAX_TOKENS)),
    now: brokerNow,
    publish: signals.publishSpending,
    onChange: () => runner.recheck(),
    log,
  })
  const pacer = createPacer({
    plan,
    generation: () => generation,
    aliveUntil: consumer.aliveUntil,
    clock,
    monotonic,
    wallClock: now,
    maxConcurrent: concurrency.limit(),
  })
  const runner = createCallRunner({
    gatherer: createGatherer({
      batchSize: config.BATCH_SIZE,
      maxTokens: config.BATCH_MAX_TOKENS,
      flushMs: config.BATCH_FLUSH_SECONDS * 1000,
    }),
    pacer,
    cooldown,
    payments: budget,
    callsPerSlot: plan.callsPerSlot,
    concurrency,
    connections: grok,
    analyze,
    onStarted: (works) => {
      for (const { record } of works) memoryBound.begin(record)
      intake.goOn()
    },
    onPartitionLost: admission.leave,
    onRetried: (works) => {
      for (const { owned } of works) owned.settled++
    },
    // More often than the time after which the progress watch reports a stall.
    unansweredMaxWaitMs: Math.min(600_000, (config.STALL_SECONDS * 1000) / 2),
    onCrash,
    log,
    monotonic,
  })
  const watch = createProgressWatch({ stallMs: config.STALL_SECONDS * 1000 })
  const follower = createGroupFollower({
    reader,
    ownership,
    watch,
    pausedReason: () => pauses()[0] ?? null,
    monotonic,
    log,
    everyMs: Math.min(10_000, (config.STALL_SECONDS * 1000) / 6),
  })
  observeAnalyzer(deps.metrics, {
    pauses,
    countSlots: pacer.countSlots,
    used: memoryBound.used,
    partitions: () => ownership.all().length,
    lag: () => {
      const partitions = follower.lag()
      return partitions && { consumergroup: groupId, topic: input, partitions }
    },
  })
  createBudgetMetrics(deps.metrics, budget, budgetUsd)

  /**
   * Broker time for cool-downs, budget and expiry; these tolerate a clock that is still settling. Null until the
   * signals topic was read to its end.
   */
  function brokerNow(): number | null {
    return signals.caughtUp() ? clock.now(monotonic(), { alone: true }) : null
  }

  async function analyze(works: readonly Work[], under: Omit<AskOptions, 'callId' | 'cacheKey'>): Promise<Analysis> {
    const call: CallFacts = { callId: newId(), startedAt: now(), model: settings.model, promptVersion: version }
    const onLeave = () => {
      under.onLeave()
      setImmediate(() => tellStarted(call, works).catch(onCrash)) // the request is being written: nothing may delay it
    }
    const maxAttempts = config.MAX_RETRIES
    const asking = { grok, settings, canary: config.CANARY, maxAttempts, outage }
    const analyzeDeps = { ...asking, counters, log, randomInt, monotonic, now, yieldToEventLoop }
    const analysis = await analyzeBatch(works, call, { ...under, onLeave }, analyzeDeps)
    if (analysis.kind === 'decided') admission.finish(call, analysis)
    return analysis
  }

  /** Informational, so the call does not wait for it, and it is lost when the broker is away for long. */
  async function tellStarted(call: CallFacts, works: readonly Work[]): Promise<void> {
    const result = await publisher.publish([records.started(call, works)], { timeoutMs: 10_000 })
    if (!result.ok) log.info({ callId: call.callId, reason: result.reason }, 'analysis.started not published')
  }

  function sweep(): void {
    budget.refresh()
    const at = brokerNow()
    if (at !== null) admission.giveUpOld(at - maxAgeMs)
  }

  function pauses(): string[] {
    const reasons = [cooldown.reason(), intake.isHeld() ? 'registry' : null, budget.held() === null ? null : 'budget']
    return reasons.filter((reason) => reason !== null)
  }

  let schemas: string | null = 'the event schemas are not loaded yet'
  health.live('progress', () => watch.finding(monotonic()))
  health.ready('schemas', () => schemas)
  health.ready('kafka consumer', consumer.ready)
  health.ready('kafka publisher', publisher.ready)
  health.ready('slots', () => {
    const silence = signals.caughtUp()
      ? pacer.silence()
      : 'the shared cool-down state has not been read from analyzer.signals yet'
    return silence === null ? null : `no call may be made: ${silence}`
  })
  health.ready('pauses', () =>
    pauses().length === 0
      ? null
      : `work is held back: ${[pauses().join(', '), cooldown.held()?.detail, budget.held()].filter(Boolean).join(': ')}`,
  )

  const stopped = new AbortController()
  let starting: Promise<void> | undefined
  let clockKept: Promise<void> | undefined
  let sweeping: NodeJS.Timeout | undefined

  async function begin(): Promise<void> {
    const report = (reason: string | null) => (schemas = reason)
    const waiting = { log, random, report, signal: stopped.signal }
    if (!(await awaitDependencies([() => schemaReadiness(codec)], waiting))) return
    log.info(
      { promptVersion: version, model: settings.model, baseUrl: config.GROK_BASE_URL, ...plan },
      'analyzer starts',
    )
    await signals.start()
    clockKept = keepClock({
      clock,
      probe: signals.probeClock,
      everyMs: CLOCK_EVERY_MS,
      onChange: runner.recheck,
      signal: stopped.signal,
      onCrash,
    })
    // Only to save time after the join: it asks again, and waits as long as it takes.
    await reader.warmUp().catch((error: unknown) => log.info({ err: error }, 'the group is not known yet'))
    sweeping = setInterval(sweep, SWEEP_MS)
    await consumer.start({
      onBatch: (batch) => intake.onBatch(batch),
      onNothing: (place) => intake.onNothing(place),
      onAssigned: (assignment) => {
        const { lease, partitions, partitionCounts } = assignment
        ownership.onAssigned(assignment)
        intake.rejoined()
        generation = {
          partitions: new Set(partitions.map(({ partition }) => partition)),
          partitionCount: partitionCounts[input] ?? 0,
          joinedAt: monotonic(),
        }
        lease.signal.addEventListener('abort', () => (generation = null), { once: true })
        runner.recheck()
      },
    })
    follower.start()
  }

  return {
    name: 'analysis',
    start: () => {
      starting ??= begin().catch(onCrash)
    },
    stop: async () => {
      stopped.abort()
      await starting
      clearInterval(sweeping)
      intake.close()
      await Promise.all([consumer.quiesce(), follower.stop()])
      // Some of the stop's time is left for what follows; a call that is given up is made again by the next owner.
      await runner.drain(0.7 * config.STOP_DEADLINE_MS)
      await preparer.stop()
      await admission.concluded()
      await committer.flushed()
      await consumer.stop()
      cooldown.standDown()
      await budget.stop()
      await Promise.all([clockKept, signals.stop(), reader.stop()])
    },
  }
}

/** Heartbeats and fetches while idle are a fraction of a percent of a core. */
const HEARTBEAT_MS = 500
/** Also how long a partition that was paused for memory may wait until it is fetched again. */
const MAX_WAIT_MS = 250
/** Conversations that wait in memory, in seconds of the whole cap. */
const BUFFER_SECONDS = 1.5
const CLOCK_EVERY_MS = 2_000
/** At least three probes, so that all analyzers know of a step of the clock before any of them uses the new time. */
const CLOCK_SETTLE_MS = 7_000
const SWEEP_MS = 5_000
/** How long records are taken in or answers processed before timers and sockets get their turn. */
const BUSY_MS = 2
