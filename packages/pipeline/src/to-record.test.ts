import { CONTENT_TYPE } from '@insights/schemas/avro/wire-format'
import { goodExamples } from '@insights/schemas/events/examples'
import { topicIds, topics, type TopicId } from '@insights/schemas/topics'
import { describe, expect, test } from 'vitest'
import { toRecord } from './to-record.ts'

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const child = expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/)
/** Instead of Avro: what is encoded can be looked at. */
const options = {
  encode: (topic: TopicId, event: unknown) => Buffer.from(`${topic} ${JSON.stringify(event)}`),
  prefix: 'p.',
  randomBytes: (n: number) => Buffer.alloc(n, 7),
}
const [conversation] = goodExamples('conversationsReceived')
if (conversation === undefined) throw new Error('there is an example')

describe('an event as a record', () => {
  test.each(topicIds)('of %s is in the topic, under the key and with the value that its contract promises', (topic) => {
    for (const { key, value } of goodExamples(topic)) {
      const record = toRecord(topic, value, { traceparent: undefined }, options)
      expect({ ...record, key: String(record.key), headers: [] }).toEqual({
        topic: `p.${topics[topic].name}`,
        key,
        value: options.encode(topic, value),
        headers: [],
      })
    }
  })

  test('made for a record passes its headers on, and names its own content', () => {
    const headers = [
      { name: 'lane', value: Buffer.from('bulk') },
      { name: 'traceparent', value: Buffer.from(parent) },
      { name: 'content-type', value: Buffer.from('odd') },
    ]
    expect(toRecord('conversationsReceived', conversation.value, { headers }, options).headers).toEqual([
      { name: 'lane', value: Buffer.from('bulk') },
      { name: 'traceparent', value: child },
      { name: 'content-type', value: CONTENT_TYPE },
    ])
  })

  test('made for a request continues its trace and has no other header', () => {
    expect(toRecord('conversationsReceived', conversation.value, { traceparent: parent }, options).headers).toEqual([
      { name: 'traceparent', value: child },
      { name: 'content-type', value: CONTENT_TYPE },
    ])
  })

  test('a call of no conversation has no key', () => {
    const [started] = goodExamples('analysisStarted')
    if (started === undefined) throw new Error('there is an example')
    const record = toRecord('analysisStarted', { ...started.value, items: [] }, { traceparent: parent }, options)
    expect(record.key).toBeNull()
  })
})
