import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { AnalysisFailed } from './events/analysis-failed.ts'
import { AnalysisStarted } from './events/analysis-started.ts'
import { ConversationReceived } from './events/conversation-received.ts'
import { InsightProduced } from './events/insight-produced.ts'

/** An Avro record schema as parsed JSON. */
export interface AvroRecord {
  type: 'record'
  name: string
  namespace: string
  doc: string
  fields: { name: string; type: unknown; doc: string; default?: unknown }[]
}

export interface Topic {
  /** Without prefix; `topicName` gives the name in a cluster. */
  name: string
  avro: AvroRecord
  schema: z.ZodType
  /** What the record's key is, in words. The key is UTF-8 text unless said otherwise. */
  key: string
  partitions: number
  /** Kafka topic configuration. */
  config: Record<string, string>
  writtenBy: readonly string[]
  /** Consumer groups of ours that subscribe to it, without prefix; testing/e2e compares them with the broker's. */
  readBy: readonly string[]
  summary: string
}

const DAY_MS = 24 * 60 * 60 * 1000
const MIB = 1024 * 1024

/**
 * LogAppendTime: the broker's clock is the pipeline's clock. Records are stored as their producer compressed them, so
 * max.message.bytes bounds what is sent; what a consumer holds in memory it bounds itself.
 */
const config = (o: { maxMessageBytes: number }) => ({
  'message.timestamp.type': 'LogAppendTime',
  'max.message.bytes': String(o.maxMessageBytes),
})

const keepFor = (days: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(days * DAY_MS) })

/**
 * The newest value of each key stays. A tombstone stays for a week, so that a projector that was away that long still
 * hears of it, and what it erased is gone from the log about a day later.
 */
const keepNewest = {
  'cleanup.policy': 'compact',
  'delete.retention.ms': String(7 * DAY_MS),
  'max.compaction.lag.ms': String(DAY_MS),
}

const PARTITIONS = 12

/**
 * The one place where names live. Topic creation, the registry, the codec, AsyncAPI and the tables of the documents are
 * made from it. `max.message.bytes` bounds a whole record batch: the record with its key, its headers and about 100
 * bytes of framing.
 */
export const topics = {
  conversationsReceived: {
    name: 'conversations.received',
    avro: readAvro('conversation-received'),
    schema: ConversationReceived,
    key: 'conversation_id',
    partitions: PARTITIONS,
    config: { ...config({ maxMessageBytes: 2 * MIB }), ...keepFor(7) },
    writtenBy: ['ingress', 'any other system'],
    readBy: ['analyzer', 'projector'],
    summary: 'Conversations handed over for analysis',
  },
  analysisStarted: {
    name: 'analysis.started',
    avro: readAvro('analysis-started'),
    schema: AnalysisStarted,
    key: 'conversation_id of the first item',
    partitions: PARTITIONS,
    config: { ...config({ maxMessageBytes: MIB }), ...keepFor(1) },
    writtenBy: ['analyzer'],
    readBy: ['projector'],
    summary: 'Calls to the model that have begun',
  },
  insightsProduced: {
    name: 'insights.produced',
    avro: readAvro('insight-produced'),
    schema: InsightProduced,
    key: 'conversation_id',
    partitions: PARTITIONS,
    config: { ...config({ maxMessageBytes: MIB }), ...keepNewest },
    writtenBy: ['analyzer', 'projector', 'query API'],
    readBy: ['projector'],
    summary: 'What the model found; a null value erases the conversation',
  },
  analysisFailed: {
    name: 'analysis.failed',
    avro: readAvro('analysis-failed'),
    schema: AnalysisFailed,
    key: 'conversation_id, or the original key (bytes)',
    partitions: PARTITIONS,
    config: { ...config({ maxMessageBytes: 4 * MIB }), ...keepFor(30) },
    writtenBy: ['analyzer', 'projector'],
    readBy: ['projector'],
    summary: 'Records that were given up, with their original bytes',
  },
} as const satisfies Record<string, Topic>

export type TopicId = keyof typeof topics

/** A topic that one service keeps for itself: no schema, no promise to other readers. */
export interface InternalTopic {
  name: string
  partitions: number
  config: Record<string, string>
}

/**
 * `analyzer.signals`: what analyzers must tell each other, that is, clock probes, shared cool-downs and spending. One
 * partition, because its order decides and its leader's clock is the one that all count by. Compacted and nothing else:
 * the newest state must not go for its age, or those that start later would begin with another one than those that run.
 */
export const internalTopics = {
  analyzerSignals: {
    name: 'analyzer.signals',
    partitions: 1,
    config: {
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': String(64 * 1024),
      'cleanup.policy': 'compact',
      // A start reads it from its beginning, and a probe comes every two seconds from each analyzer.
      'segment.ms': String(DAY_MS / 24),
      'max.compaction.lag.ms': String(DAY_MS / 24),
    },
  },
} as const satisfies Record<string, InternalTopic>

/** The name in a cluster of a topic that is internal. */
export function internalTopicName(id: keyof typeof internalTopics, prefix: string): string {
  return `${prefix}${internalTopics[id].name}`
}

export type EventOf<K extends TopicId> = z.infer<(typeof topics)[K]['schema']>

export const topicIds = Object.keys(topics) as TopicId[]

/** The topic's name in a cluster: the prefix, which may be empty, and the name. */
export function topicName(id: TopicId, prefix: string): string {
  return `${prefix}${topics[id].name}`
}

/** The registry subject of the topic's values (TopicNameStrategy). */
export function subjectName(id: TopicId, prefix: string): string {
  return `${topicName(id, prefix)}-value`
}

function readAvro(name: string): AvroRecord {
  return JSON.parse(readFileSync(new URL(`../avro/${name}.avsc`, import.meta.url), 'utf8')) as AvroRecord
}
