import { randomUUID } from 'node:crypto'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import kafkajs from 'kafkajs'

// A conversation from another system, straight into Kafka.
const { KAFKA_BROKERS = '127.0.0.1:9092', SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = '' } = process.env
const topic = `${TOPIC_PREFIX}conversations.received`

const conversation = {
  conversation_id: `ticket-${randomUUID()}`,
  messages: [
    { author_id: 'c-17', text: 'My order arrived broken.', timestamp: Date.now(), inbound: true },
    { author_id: 'a-3', text: 'Sorry! A new one will be sent today.', timestamp: Date.now(), inbound: false },
  ],
  metadata: JSON.stringify({ channel: 'chat' }),
  source: 'helpdesk',
  submission_id: randomUUID(),
}

// The schema that the topic has in the registry; its id stands before the Avro bytes.
const registry = new SchemaRegistry({ host: SCHEMA_REGISTRY_URL })
const schemaId = await registry.getLatestSchemaId(`${topic}-value`)
const value = await registry.encode(schemaId, conversation)

const producer = new kafkajs.Kafka({ clientId: 'helpdesk', brokers: KAFKA_BROKERS.split(',') }).producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
})
await producer.connect()
const headers = { 'content-type': 'application/vnd.confluent.avro', lane: 'live' }
await producer.send({ topic, acks: -1, messages: [{ key: conversation.conversation_id, value, headers }] })
await producer.disconnect()
console.log(conversation.conversation_id)
