import { expect, test } from 'vitest'
import { formatProperties, kafkaProperties, toImageVariables } from './kafka-properties.ts'

const node = (voters: string[]) => ({
  id: 1,
  listeners: { PLAINTEXT: '127.0.0.1:19092', CONTROLLER: '127.0.0.1:19093' },
  advertised: { PLAINTEXT: '127.0.0.1:19092' },
  brokerListener: 'PLAINTEXT',
  voters,
  logDir: '/data/kafka-1',
})

test('one node keeps one copy; three keep three and acknowledge with two, for our topics and for the internal ones', () => {
  const single = kafkaProperties(node(['1@127.0.0.1:19093']))
  const triple = kafkaProperties(node(['1@127.0.0.1:19093', '2@127.0.0.1:19095', '3@127.0.0.1:19097']))
  const copies = (properties: Record<string, string>) =>
    [
      'default.replication.factor',
      'min.insync.replicas',
      'offsets.topic.replication.factor',
      'transaction.state.log.replication.factor',
      'transaction.state.log.min.isr',
    ].map((key) => properties[key])
  expect(copies(single)).toEqual(['1', '1', '1', '1', '1'])
  expect(copies(triple)).toEqual(['3', '2', '3', '3', '2'])
})

test('a failure that carries a whole original fits into a record, and replicas can fetch it', () => {
  const properties = kafkaProperties(node(['1@127.0.0.1:19093']))
  for (const key of ['message.max.bytes', 'replica.fetch.max.bytes']) {
    expect(Number(properties[key])).toBeGreaterThan(4 * 1024 * 1024)
  }
})

test('a path with a backslash, an umlaut or an emoji reaches Java as it is', () => {
  expect(formatProperties({ 'log.dirs': 'C:\\ä😀' })).toBe('log.dirs=C:\\\\\\u00e4\\ud83d\\ude00\n')
})

test('the image gets every property under its name', () => {
  expect(toImageVariables({ 'log.dirs': '/d', 'a-b_c.d': 'x' })).toEqual({
    KAFKA_LOG_DIRS: '/d',
    KAFKA_A___B__C_D: 'x',
  })
})
