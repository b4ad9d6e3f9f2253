import { awaitDependencies } from '@insights/runtime/await-dependencies'
import type { Health } from '@insights/runtime/health'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consumer'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { Part } from '@insights/runtime/lifecycle'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import type { Codec } from '@insights/schemas/codec'
import { insightId } from '@insights/schemas/ids'
import { topicName, topics } from '@insights/schemas/topics'
import { whyNotLoaded } from '@insights/schemas/why-not-loaded'
import { analyzeBatch, type Analysis } from './analyze-batch.ts'
import type { AskOptions, Grok } from './ask-grok.ts'
import { createLedger } from './commit-settled.ts'
import { createConcluder } from './conclude-work.ts'
import type { Config } from './config.ts'
import { bytesInWork, createIntake } from './consume-conversations.ts'
import { createGatherer } from './gather-batch.ts'
import { createAnalyzerMetrics } from './metrics.ts'
import { effortFor } from './model-parameters.ts'
import { createPacer } from './pace-calls.ts'
import { promptVersion, type PromptSettings } from './prompt.ts'
import { publishOutcomes } from './publish-outcomes.ts'
import { createRoom } from './room.ts'
import { createCallRunner } from './run-calls.ts'
import { createOutcomeRecords, type CallFacts } from './to-outcome-records.ts'
import { toTurns } from './to-turns.ts'
import { createWeather } from './weather.ts'
import type { InWork, Work } from './work.ts'

/** Clocks, ids and randomness: what the analyzer takes from the world. */
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
 * The data's way through the analyzer, put together: consume → decode → admit → gather → pace → ask → judge → publish →
 * settle → commit. The part begins to consume when the schemas can be loaded and drains before it leaves the group.
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
  const prefix = config.TOPIC_PREFIX
  const settings: PromptSettings = {
    model: config.GROK_MODEL,
    effort: effortFor(config.GROK_MODEL, config.GROK_REASONING_EFFORT),
    responseFormat: config.GROK_RESPONSE_FORMAT,
    itemMaxTokens: Math.floor(config.BATCH_MAX_TOKENS / 2),
  }
  const version = promptVersion(settings)
  const maxInFlight = config.MAX_CALLS_IN_FLIGHT

  const weather = createWeather({
    backoffMs: config.BACKOFF_SECONDS * 1000,
    probeMs: config.PROBE_SECONDS * 1000,
    random,
  })
  const metrics = createAnalyzerMetrics(deps.metrics, () => pauses())
  const room = createRoom({ maxRecords: 2 * maxInFlight * config.BATCH_SIZE, maxBytes: config.BUFFER_MAX_BYTES })
  const records = createOutcomeRecords({ encode: codec.encode, prefix, now, randomBytes })
  const leaveRoom = (works: readonly InWork[]) => works.forEach(({ record }) => room.leave(bytesInWork(record)))
  const consumer = createConsumer({
    kafka,
    log,
    groupId: `${prefix}analyzer`,
    topics: [topicName('conversationsReceived', prefix)],
    onBatch: (batch) => intake.onBatch(batch),
    onAssigned: ({ lease }) => lease.signal.addEventListener('abort', () => runner.drop(lease), { once: true }),
    onCrash,
    // Handlers mostly wait for room; one that does must not keep the other partitions from it.
    partitionsConsumedConcurrently: topics.conversationsReceived.partitions,
  })
  const ledger = createLedger({ commit: consumer.commit, onCrash })
  const { conclude, concluded } = createConcluder({
    publishAll: (outcomes) => publishOutcomes(publisher.publish, outcomes),
    settle: ledger.settle,
    leaveRoom,
    onCrash,
  })
  const intake = createIntake({
    decode: codec.decode,
    ledger,
    room,
    admit: (conversation, record, { lease }) => {
      const { conversation_id: conversationId, messages } = conversation
      const { turns, truncated, tokens } = toTurns(messages, settings.itemMaxTokens)
      const asked = { conversation_id: conversationId, messages, prompt_version: version, model: settings.model }
      const fresh = { attempts: 0, unread: 0, share: config.BATCH_SIZE, waitingSince: monotonic() }
      runner.add({ record, lease, conversationId, insightId: insightId(asked), turns, truncated, tokens, ...fresh })
    },
    giveUp: (record, lease, problem) => {
      metrics.countItems('unreadable', 1)
      return conclude([records.unreadable(record, problem)], [{ record, lease }])
    },
    pausePartition: (partition) => consumer.pause([partition]),
    resumePartition: (partition) => consumer.resume([partition]),
    onCrash,
    log,
  })
  const runner = createCallRunner({
    gatherer: createGatherer({
      batchSize: config.BATCH_SIZE,
      maxTokens: config.BATCH_MAX_TOKENS,
      flushMs: config.BATCH_FLUSH_SECONDS * 1000,
    }),
    pacer: createPacer({ ratePerSecond: config.OUTBOUND_RPS, maxConcurrent: maxInFlight, now: monotonic }),
    weather,
    maxInFlight,
    analyze,
    gone: leaveRoom,
    onCrash,
    log,
    monotonic,
  })

  async function analyze(works: readonly Work[], under: Pick<AskOptions, 'signal' | 'onLeave'>): Promise<Analysis> {
    const call: CallFacts = { callId: newId(), startedAt: now(), model: settings.model, promptVersion: version }
    tellStarted(call, works).catch(onCrash)
    const analyzeDeps = { grok, settings, maxAttempts: config.MAX_RETRIES, metrics, log, randomInt, monotonic }
    const analysis = await analyzeBatch(works, call, under, analyzeDeps)
    if (analysis.kind === 'decided') finish(call, analysis)
    return analysis
  }

  /** Informational, so the call does not wait for it, and it is lost when the broker is away for long. */
  async function tellStarted(call: CallFacts, works: readonly Work[]): Promise<void> {
    const result = await publisher.publish([records.started(call, works)], { timeoutMs: 10_000 })
    if (!result.ok) log.info({ callId: call.callId, reason: result.reason }, 'analysis.started not published')
  }

  function finish(call: CallFacts, { outcomes, answeredBy, usage }: Extract<Analysis, { kind: 'decided' }>): void {
    const { accepted, failed, again } = outcomes
    metrics.countItems('accepted', accepted.length)
    metrics.countItems('failed', failed.length)
    metrics.countItems('again', again.length)
    void conclude(
      [...records.insights(call, accepted, answeredBy, usage), ...failed.map(records.givenUp)],
      [...accepted, ...failed].map(({ work }) => work),
    )
  }

  const pauses = (): string[] =>
    [weather.reason(), intake.isHeld() ? 'registry' : null].filter((reason) => reason !== null)

  let schemas: string | null = 'the event schemas are not loaded yet'
  health.ready('schemas', () => schemas)
  health.ready('kafka consumer', consumer.ready)
  health.ready('kafka publisher', publisher.ready)
  health.ready('pauses', () => (pauses().length === 0 ? null : `work is held back: ${pauses().join(', ')}`))

  const stopped = new AbortController()
  let starting: Promise<void> | undefined

  async function begin(): Promise<void> {
    const report = (reason: string | null) => (schemas = reason)
    const waiting = { log, random, report, signal: stopped.signal }
    if (!(await awaitDependencies([() => whyNotLoaded(codec)], waiting))) return
    log.info({ promptVersion: version, model: settings.model, baseUrl: config.GROK_BASE_URL }, 'analyzer begins')
    await consumer.start()
  }

  return {
    name: 'analysis',
    start: () => {
      starting ??= begin().catch(onCrash)
    },
    stop: async () => {
      stopped.abort()
      await starting
      intake.close()
      await consumer.quiesce()
      // Some of the stop's time is left for what follows; a call that is given up is made again by the next owner.
      await runner.drain(0.7 * config.STOP_DEADLINE_MS)
      await concluded()
      await ledger.flushed()
      await consumer.stop()
    },
  }
}
