import { goodExamples } from './events/examples.ts'
import { DEAD_LETTER_HEADERS } from './events/headers/dead-letter-headers.ts'
import { FIRST_ORIGIN } from './events/headers/first-origin.ts'
import { subjectName, topicIds, topics, type Topic, type TopicId } from './topics.ts'

/** Avro is an external schema format of AsyncAPI 3; 1.12.0 is the version of the Avro specification. */
const AVRO = 'application/vnd.apache.avro+json;version=1.12.0'

const HEADERS = {
  type: 'object',
  description: 'Headers travel as UTF-8 bytes. Headers that are not listed are passed on.',
  properties: {
    traceparent: { type: 'string', description: 'W3C Trace Context' },
    'content-type': { type: 'string', description: 'The media type of the value' },
    [FIRST_ORIGIN]: {
      type: 'string',
      description: 'Of a record that is published again, and of what follows from it: its first origin, as JSON',
    },
  },
  additionalProperties: true,
}

/** Of a failure also those of a dead letter, as Kafka's own tools know one. */
function headersOf(id: TopicId) {
  if (id !== 'analysisFailed') return HEADERS
  const ofDeadLetter = Object.entries(DEAD_LETTER_HEADERS).map(([name, description]) => [
    name,
    { type: 'string', description },
  ])
  return { ...HEADERS, properties: { ...HEADERS.properties, ...(Object.fromEntries(ofDeadLetter) as object) } }
}

/** The contract of all topics as an AsyncAPI 3.1 document, from the topic table; names are without TOPIC_PREFIX. */
export function buildAsyncApi(): object {
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Conversation insights',
      version: '1.0.0',
      description:
        'Support conversations go in, insights come out. Values are Avro in the Confluent wire format: a zero byte, the ' +
        'schema id as a big-endian 32-bit integer, the Avro bytes. Subjects are named `<topic>-value` and are BACKWARD ' +
        'compatible. What does not decode or validate becomes a record in `analysis.failed` with its original bytes. A ' +
        'deployment may put a prefix before all topics and subjects.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/octet-stream',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description:
          'The cluster. Records are read back in the order of their keys’ partitions (murmur2, as Java does it).',
        variables: { brokers: { default: '127.0.0.1:9092', description: 'One of the brokers, host:port' } },
        bindings: { kafka: { schemaRegistryUrl: 'http://127.0.0.1:8081/apis/ccompat/v7', bindingVersion: '0.5.0' } },
      },
    },
    channels: Object.fromEntries(topicIds.map((id) => [id, toChannel(id)])),
    operations: Object.fromEntries(
      topicIds.flatMap((id) => [...toOperations(id, 'send'), ...toOperations(id, 'receive')]),
    ),
    components: { messages: Object.fromEntries(topicIds.map((id) => [topics[id].avro.name, toMessage(id)])) },
  }
}

function toChannel(id: TopicId) {
  const { name, avro, summary, partitions, config } = topics[id]
  return {
    address: name,
    summary,
    messages: { [avro.name]: { $ref: `#/components/messages/${avro.name}` } },
    bindings: {
      kafka: { topic: name, partitions, topicConfiguration: toTopicConfiguration(config), bindingVersion: '0.5.0' },
    },
  }
}

function toMessage(id: TopicId) {
  const { avro, summary, key } = topics[id]
  return {
    name: avro.name,
    title: avro.name,
    summary,
    description: avro.doc,
    contentType: 'application/octet-stream',
    headers: headersOf(id),
    payload: { schemaFormat: AVRO, schema: avro },
    bindings: {
      kafka: {
        key: { type: 'string', description: key },
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: 'confluent',
        schemaLookupStrategy: 'TopicNameStrategy',
        bindingVersion: '0.5.0',
      },
    },
    examples: goodExamples(id).map(({ name, description, value }) => ({
      name,
      summary: description,
      payload: toJson(value),
    })),
    'x-subject': subjectName(id, ''),
  }
}

/** One operation for each service and topic: what that service does there. */
function toOperations(id: TopicId, action: 'send' | 'receive') {
  const topic: Topic = topics[id]
  return (action === 'send' ? topic.writtenBy : topic.readBy).map((service) => [
    `${toIdentifier(service)}${action === 'send' ? 'Writes' : 'Reads'}${topic.avro.name}`,
    {
      action,
      channel: { $ref: `#/channels/${id}` },
      summary: `${service} ${action === 'send' ? 'writes to' : 'reads'} ${topic.name}`,
      tags: [{ name: service }],
      messages: [{ $ref: `#/channels/${id}/messages/${topic.avro.name}` }],
    },
  ])
}

/** The binding wants numbers and lists where Kafka's own configuration has texts. */
function toTopicConfiguration(config: Topic['config']): Record<string, unknown> {
  const toValue = (name: string, value: string) => {
    if (name === 'cleanup.policy') return value.split(',')
    return /^-?\d+$/.test(value) ? Number(value) : value
  }
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, toValue(name, value)]))
}

/** `any other system` → `anyOtherSystem` */
function toIdentifier(words: string): string {
  return words.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** Bytes as base64, as in the example files. */
function toJson(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJson(inner)]))
}
