import { withHeaders, type OutgoingRecord } from '@insights/runtime/kafka/records'
import { readHeaders, writeHeaders } from '@insights/runtime/kafka/wire-headers'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import type { Codec } from '@insights/schemas/codec'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redriveFailures } from './redrive-failures.ts'

const place = { topic: 'conversations.received', partition: 1, offset: 2, appendedAt: 3, key: null }
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const anyName = fc.oneof(
  fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype), 'traceparent', 'lane'),
  fc.string({ unit: 'binary' }),
)
const anyHeaders = fc.array(fc.record({ name: anyName, value: fc.option(bytes) }), { maxLength: 30 })

/** What is published for a record that was consumed, failed and is driven again. Avro is left to the codec's tests. */
async function redrive(section: Buffer, value: Buffer): Promise<OutgoingRecord[]> {
  const record = withHeaders({ ...place, value }, section)
  const problem = { type: 'urn:test', title: 'Test', detail: 'of headers' }
  const failure = { record, class: 'undecodable', problem, attempts: 0, retryable: false, failedAt: 4 } as const
  const published: OutgoingRecord[] = []
  await redriveFailures({
    readFailures: (onRecords) => onRecords([record]),
    codec: { decode: (async () => ({ kind: 'ok', value: toAnalysisFailed(failure) })) as unknown as Codec['decode'] },
    publish: async (records) => {
      published.push(...records)
      return { ok: true }
    },
    prefix: '',
    selection: { classes: [], since: null, until: null, onlyRetryable: false },
    dryRun: false,
    report: () => {},
  })
  return published
}

test('(I2) whatever the headers are, a record that failed is driven again with the same bytes of them', async () => {
  await fc.assert(
    fc.asyncProperty(anyHeaders, bytes, async (headers, value) => {
      const section = writeHeaders(headers)
      const [published, ...more] = await redrive(section, value)
      expect(more).toEqual([])
      expect(published).toMatchObject({ topic: place.topic, key: null, value })
      expect(writeHeaders(published?.headers ?? [])).toEqual(section)
      expect(readHeaders(section)).toEqual(headers)
    }),
  )
})

test.each([
  ['another topic', { topic: 'analyzer.signals' }, 'to which nothing is published again'],
  ["another pipeline's topic", { topic: 'other.conversations.received' }, 'to which nothing is published again'],
  ['an erasure', { topic: 'insights.produced', value: null }, 'its original has no value'],
  ['no value', { value: null }, 'its original has no value'],
  [
    'an insight, though no projector refused it',
    { topic: 'insights.produced', class: 'expired' },
    'does not come from',
  ],
  [
    'a topic with a sequence for terminals',
    { topic: '\x1b[2J\u202Egone' },
    'the topic \\u{1b}[2J\\u{202e}gone, to which',
  ],
] as const)('a failure that was forged is not obeyed, those behind it are published: %s', async (_, forged, said) => {
  const { published, lines } = await redriveAll([{ ...forged }, {}])
  expect(published.map(({ topic }) => topic)).toEqual([place.topic])
  expect(lines).toEqual([expect.stringContaining(said)])
})

test('what the projector refused is published again, and an original that no topic takes stops nothing', async () => {
  const refused = { topic: 'insights.produced', class: 'unprojectable' } as const
  const { published, lines } = await redriveAll([{ value: Buffer.from('too large') }, refused])
  expect(published.map(({ topic }) => topic)).toEqual(['insights.produced'])
  expect(lines).toEqual([expect.stringContaining('larger than its topic takes')])
})

interface Failed {
  topic?: string
  value?: Buffer | null
  class?: FailureClass
}

/** What becomes of failures that say this; an original that reads `too large` is. */
async function redriveAll(failures: Failed[]) {
  const published: OutgoingRecord[] = []
  const lines: string[] = []
  const records = failures.map(({ topic = place.topic, value = Buffer.from('v') }, i) =>
    withHeaders({ ...place, topic, offset: i, key: Buffer.from(`k${i}`), value }, writeHeaders([])),
  )
  const problem = { type: 'urn:test', title: 'Test', detail: 'forged' }
  const values = records.map((record, i) => {
    const failureClass = failures[i]?.class ?? 'undecodable'
    return toAnalysisFailed({ record, class: failureClass, problem, attempts: 0, retryable: false, failedAt: 4 })
  })
  await redriveFailures({
    readFailures: (onRecords) => onRecords(records),
    codec: { decode: (async () => ({ kind: 'ok', value: values.shift() })) as unknown as Codec['decode'] },
    publish: async ([record]) => {
      if (String(record?.value) === 'too large') return { ok: false, reason: 'too_large', detail: 'MESSAGE_TOO_LARGE' }
      if (record !== undefined) published.push(record)
      return { ok: true }
    },
    prefix: '',
    selection: { classes: [], since: null, until: null, onlyRetryable: false },
    dryRun: false,
    report: (line) => void lines.push(line),
  })
  return { published, lines }
}
