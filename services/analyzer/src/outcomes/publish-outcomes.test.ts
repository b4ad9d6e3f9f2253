import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { expect, test } from 'vitest'
import { publishOutcomes } from './publish-outcomes.ts'

const record = (key: string, bytes: number): OutgoingRecord => ({
  topic: 'analysis.failed',
  key,
  value: Buffer.alloc(bytes),
  headers: [],
})

/** Answers in turn, then `ok`; notes the keys of each entry. */
function create(...answers: PublishResult[]) {
  const entries: (OutgoingRecord['key'] | undefined)[][] = []
  const publish = (records: OutgoingRecord[]): Promise<PublishResult> => {
    entries.push(records.map(({ key }) => key))
    return Promise.resolve(answers.shift() ?? { ok: true })
  }
  return { entries, publish }
}

test('what a call found is one entry; hazard: large failures in one batch, which the topic refuses, are entries of their own', async () => {
  const { entries, publish } = create()
  const large = [record('x', 900_000), record('y', 900_000)]
  const small = ['a', 'b', 'c'].map((key) => record(key, 1_000))
  expect(await publishOutcomes(publish, [...small, ...large, record('d', 1_000)])).toBe(true)
  expect(entries).toEqual([['a', 'b', 'c'], ['x'], ['y'], ['d']])
})

test('(I5) it is not acknowledged while one entry is not; that one goes again', async () => {
  const full: PublishResult = { ok: false, reason: 'queue_full', detail: '' }
  const { entries, publish } = create({ ok: true }, full)
  expect(await publishOutcomes(publish, [record('a', 900_000), record('b', 900_000)])).toBe(true)
  expect(entries).toEqual([['a'], ['b'], ['b']])
})

test('(I5) stopped before: not acknowledged. A record that its topic does not take is a bug', async () => {
  const stopped = create({ ok: false, reason: 'stopped', detail: '' })
  expect(await publishOutcomes(stopped.publish, [record('a', 1)])).toBe(false)
  const refused = create({ ok: false, reason: 'too_large', detail: '' })
  await expect(publishOutcomes(refused.publish, [record('a', 1)])).rejects.toThrow('does not take')
})
