import { expect, test } from 'vitest'
import { createPartitioner } from './partition-records.ts'

const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 1,
  replicas: [1],
  isr: [1],
}))

/** Hashes that Kafka's own UtilsTest.testMurmur2 asserts for the Java client. */
const javaMurmur2 = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
}

test('keys land where the Java client puts them, so that producers in other languages share partitions', () => {
  const choose = createPartitioner()
  for (const [key, hash] of Object.entries(javaMurmur2))
    expect(choose({ topic: 't', partitionMetadata, message: { key, value: null } })).toBe((hash & 0x7fffffff) % 12)
})

test('(I2) a keyless record keeps its partition when it is sent again, or two sequences would shift', () => {
  const choose = createPartitioner()
  const messages = Array.from({ length: 30 }, () => ({ key: null, value: null }))
  const first = messages.map((message) => choose({ topic: 't', partitionMetadata, message }))
  const second = messages.toReversed().map((message) => choose({ topic: 't', partitionMetadata, message }))
  expect(second.toReversed()).toEqual(first)
  expect(new Set(first).size).toBe(12)
})
