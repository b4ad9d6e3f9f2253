import { openTopics } from '@insights/pipeline/publish-again/open-topics'
import type { Clock } from '@insights/pipeline/publish-again/publish-in-order'
import { add, type Tally } from '@insights/pipeline/publish-again/tally'
import { planRedrive, SOURCES, type RedrivePlan } from '@insights/pipeline/redrive/plan-redrive'
import { publishPlan } from '@insights/pipeline/redrive/publish-plan'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Logger } from '@insights/runtime/logger'
import { createCodec, MOST_MESSAGES } from '@insights/schemas/codec'
import type { RedriveRequest } from './redrive-request.ts'

export type RunConfig = Parameters<typeof kafkaOptions>[0] &
  Parameters<typeof registryOptions>[0] & { TOPIC_PREFIX: string }

/** How far a run is. Its counts grow while it publishes. */
export interface Progress {
  plan: RedrivePlan
  /** By class. */
  planned: Tally
  published: Tally
  /** Why failures cannot be published, a line for each of the first. */
  notes: readonly string[]
}

interface Run {
  request: RedriveRequest
  config: RunConfig
  log: Logger
  /** Of originals: a process that answers requests has less memory for them than a command. */
  most: number
  clock: Clock
  publish: (record: OutgoingRecord) => Promise<PublishResult>
  onPlanned: (progress: Progress) => Promise<void>
  signal: AbortSignal
}

/**
 * What `npm run redrive` does, through Kafka alone.
 * @throws PipelineFault, and what the registry and Kafka's client reject with; what `signal` aborts with
 */
export async function runRedrive({
  request,
  config,
  log,
  most,
  clock,
  publish,
  onPlanned,
  signal,
}: Run): Promise<void> {
  const prefix = config.TOPIC_PREFIX
  const kafka = connectKafka({ clientId: 'query-api', log, ...kafkaOptions(config) })
  const brokers = config.KAFKA_BROKERS
  const { read } = await openTopics({ kafka, log, prefix, brokers, topics: SOURCES, step: () => () => {}, signal })
  const codec = createCodec({ ...registryOptions(config), prefix, maxMessages: MOST_MESSAGES })
  const topics = { read, codec, prefix }
  const notes: string[] = []
  const report = (line: string) => void (notes.length < MOST_NOTES && notes.push(line))
  const plan = await planRedrive({ ...topics, selection: request.filter, report, most })
  const planned: Tally = new Map()
  const published: Tally = new Map()
  for (const original of plan.wanted) add(planned, original.class)
  await onPlanned({ plan, planned, published, notes })
  if (request.dry_run) return
  await publishPlan(plan, {
    ...topics,
    publish,
    rate: request.rate,
    clock,
    signal,
    onPublished: (original) => add(published, original.class),
    onLeft: () => {},
  })
}

const MOST_NOTES = 20
