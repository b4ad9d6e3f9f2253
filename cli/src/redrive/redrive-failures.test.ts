import { withHeaders, type OutgoingRecord } from '@insights/runtime/kafka/records'
import { readHeaders, writeHeaders } from '@insights/runtime/kafka/wire-headers'
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
async function redrive(section: Buffer, value: Buffer | null): Promise<OutgoingRecord[]> {
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
    selection: { classes: [], since: null, until: null, onlyRetryable: false },
    dryRun: false,
    report: () => {},
  })
  return published
}

test('(I2) whatever the headers are, a record that failed is driven again with the same bytes of them', async () => {
  await fc.assert(
    fc.asyncProperty(anyHeaders, fc.option(bytes), async (headers, value) => {
      const section = writeHeaders(headers)
      const [published, ...more] = await redrive(section, value)
      expect(more).toEqual([])
      expect(published).toMatchObject({ topic: place.topic, key: null, value })
      expect(writeHeaders(published?.headers ?? [])).toEqual(section)
      expect(readHeaders(section)).toEqual(headers)
    }),
  )
})
