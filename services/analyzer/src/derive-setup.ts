import { internalTopicName, topicName, topics } from '@insights/schemas/topics'
import type { Config } from './config.ts'
import { durationMs } from './parse-duration.ts'
import { guessUsage, listPrice } from '@insights/pipeline/estimate/estimate-cost'
import { promptSettings, promptVersion } from './question/prompt.ts'
import { planSlots } from '@insights/pipeline/estimate/plan-slots'

/** What the parts of the analyzer are told, from its configuration. Pure. */
export function deriveSetup(config: Config) {
  const settings = promptSettings(config)
  const version = promptVersion(settings)
  const plan = planSlots(config.OUTBOUND_RPS)
  const { partitions } = topics.conversationsReceived
  const conversationsPerSecond = (1000 / plan.slotMs) * plan.callsPerSlot * config.BATCH_SIZE
  const stallMs = config.STALL_SECONDS * 1000
  return {
    input: topicName('conversationsReceived', config.TOPIC_PREFIX),
    groupId: `${config.TOPIC_PREFIX}analyzer`,
    prefix: config.TOPIC_PREFIX,
    plan,
    stallMs,
    maxCalls: config.MAX_CALLS_IN_FLIGHT,
    startLine: { promptVersion: version, model: settings.model, baseUrl: config.GROK_BASE_URL, ...plan },
    maxAgeMs: durationMs(config.ANALYSIS_MAX_AGE),
    consumer: {
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      heartbeatIntervalMs: HEARTBEAT_MS,
      maxWaitMs: MAX_WAIT_MS,
      partitionsConsumedConcurrently: partitions,
    },
    group: {
      topic: internalTopicName('analyzerSignals', config.TOPIC_PREFIX),
      groupPrefix: `${config.TOPIC_PREFIX}analyzer-signals-`,
      cooldown: {
        backoffMs: config.BACKOFF_SECONDS * 1000,
        probeMs: config.PROBE_SECONDS * 1000,
        // For a slot of its own, which comes once in a round of all partitions, and the call.
        probeTimeoutMs: config.GROK_TIMEOUT_MS + 10_000 + plan.slotMs * partitions,
      },
      budget: {
        model: settings.model,
        budgetUsd: config.DAILY_BUDGET_USD ?? null,
        callsPerSecond: config.OUTBOUND_RPS,
        guessTicks: listPrice(settings.model, guessUsage(config.BATCH_SIZE, config.BATCH_MAX_TOKENS)),
      },
    },
    memory: {
      shared: Math.max(10 * config.BATCH_SIZE, Math.ceil(conversationsPerSecond * BUFFER_SECONDS)),
      reserved: 2 * config.BATCH_SIZE,
      maxBytes: config.BUFFER_MAX_BYTES,
    },
    outcomes: { memoryBytes: config.BUFFER_MAX_BYTES / 4, maxAge: config.ANALYSIS_MAX_AGE },
    preparer: {
      settings: {
        model: settings.model,
        promptVersion: version,
        itemMaxTokens: settings.itemMaxTokens,
        maskPii: settings.maskPii,
      },
      deadlineMs: config.SESSION_TIMEOUT_MS / 4,
    },
    calls: {
      batch: {
        batchSize: config.BATCH_SIZE,
        maxTokens: config.BATCH_MAX_TOKENS,
        flushMs: config.BATCH_FLUSH_SECONDS * 1000,
      },
      ratePerSecond: config.OUTBOUND_RPS,
      maxInFlight: config.MAX_CALLS_IN_FLIGHT,
      maxAttempts: config.MAX_RETRIES,
      // More often than the time after which the progress watch reports a stall.
      retryMs: config.BACKOFF_SECONDS * 1000,
      retryMaxMs: Math.min(600_000, stallMs / 2),
      callsPerSlot: plan.callsPerSlot,
      canary: config.CANARY,
      model: settings.model,
      promptVersion: version,
    },
    /** Some of the stop's time is left for what follows; a call that is given up is made again by the next owner. */
    drainMs: 0.7 * config.STOP_DEADLINE_MS,
  }
}

/**
 * Often, because a member learns of a rebalance by its next heartbeat, and a new member starts only when all have.
 * Heartbeats and fetches while idle are a fraction of a percent of a core.
 */
const HEARTBEAT_MS = 500
/** Also how long a partition that was paused for memory may wait until it is fetched again. */
const MAX_WAIT_MS = 250
/** Conversations that wait in memory, in seconds of the whole cap. */
const BUFFER_SECONDS = 1.5
