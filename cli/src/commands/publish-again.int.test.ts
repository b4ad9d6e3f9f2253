import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { startAnalyzer } from '@insights/analyzer/start-analyzer.int.fixture'
import { laneOf } from '@insights/analyzer/work/lane'
import { conversation } from '@insights/fixtures/make-conversations'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { PATIENCE, withTopics } from '@insights/fixtures/with-topics'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { lastHeader, type ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { FIRST_ORIGIN, firstOriginOf } from '@insights/schemas/events/first-origin'
import type { Origin } from '@insights/schemas/events/origin'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import { topicName, type TopicId } from '@insights/schemas/topics'
import { expect, test } from 'vitest'
import { root } from '../root.ts'

const bed = withTopics('again')
const log = createLogger({ service: 'test', level: 'silent' })

const insights = (...args: string[]) => insightsWith({}, ...args)
async function insightsWith(variables: Record<string, string>, ...args: string[]): Promise<string> {
  const command = [resolve(root, 'cli/insights.mjs'), ...args]
  const env = { ...process.env, ...bed.context.env, ...variables }
  return (await promisify(execFile)(process.execPath, command, { env })).stdout
}

async function readReceived(): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = []
  const onRecords = (batch: ConsumedRecord[]) => void records.push(...batch)
  await readToEnd({ kafka: bed.topics.kafka, log, topic: bed.topics.topic, onRecords })
  return records
}

const HOUR_MS = 3_600_000

/** What an analyzer wrote an hour ago of the first submission of a conversation, and a tombstone for another one. */
async function writePast(failed: ConversationReceived[], erasedId: string): Promise<Origin[]> {
  const publisher = bed.kept(createPublisher({ kafka: bed.topics.kafka, log }))
  await publisher.start()
  const nameOf = (id: TopicId) => topicName(id, bed.context.prefix)
  const appendedAt = Date.now() - HOUR_MS
  const failures = failed.map((event, offset) =>
    toAnalysisFailed({
      record: {
        topic: nameOf('conversationsReceived'),
        partition: 0,
        offset,
        appendedAt,
        key: Buffer.from(event.conversation_id),
        value: bed.topics.codec.encode('conversationsReceived', event),
        headers: [],
      },
      class: 'expired',
      problem: { type: 'urn:test', title: 'Too old', detail: 'a test' },
      conversationId: event.conversation_id,
      attempts: 0,
      retryable: true,
      failedAt: Date.now(),
    }),
  )
  const records = failures.map((failure) => ({
    topic: nameOf('analysisFailed'),
    key: failure.conversation_id,
    value: bed.topics.codec.encode('analysisFailed', failure),
    headers: [],
  }))
  const tombstone = { topic: nameOf('insightsProduced'), key: erasedId, value: null, headers: [] }
  expect(await publisher.publish([...records, tombstone])).toEqual({ ok: true })
  return failures.map(({ origin }) => origin)
}

const analyzedIds = () => bed.topics.read.insightsProduced.map(({ event }) => event.conversation_id)

test('(I7) of what expired, only that is published again which no newer submission, erasure or answer has overtaken', async () => {
  const simulator = bed.kept(await startSimulator())
  bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
  const failed = ['overtaken', 'erased', 'due'].map(conversation)
  const [overtaken, erased, due] = failed.map(({ conversation_id }) => conversation_id)
  const origins = await writePast(failed, erased ?? '')
  await bed.topics.send(failed.slice(0, 1))
  await expect.poll(analyzedIds, PATIENCE).toEqual([overtaken])

  const said = await insights('redrive', '--class', 'expired')
  expect(said).toContain('3 failures read, 3 selected, 1 originals published\n  expired: 1\n2 were left alone:\n')
  expect(said).toContain('  a newer submission of the conversation exists: 1\n')
  expect(said).toContain('  the conversation was erased since: 1\n')
  const published = (await readReceived()).filter(({ headers }) => lastHeader(headers, FIRST_ORIGIN) !== null)
  expect(published.map(({ key }) => String(key))).toEqual([due])
  expect(published.map(firstOriginOf)).toEqual([{ kind: 'ok', origin: origins[2] }])
  await expect.poll(analyzedIds, PATIENCE).toEqual([overtaken, due])

  const again = await insights('redrive', '--retryable')
  expect(again).toContain('3 failures read, 3 selected, 0 originals published\n')
  expect(again).toContain('  the same submission, or a newer one, was answered since: 1\n')
  expect(await readReceived()).toHaveLength(2)
  // The tombstone: the reader of the bed takes it for a fault.
  expect(bed.topics.faults.splice(0)).toMatchObject([{ detail: 'the value is null' }])
})

test('(I7) what stands under another prompt is analysed once more in the bulk lane, as old as it is, and only after a yes', async () => {
  const simulator = bed.kept(await startSimulator())
  const env = { ...bed.context.env, GROK_BASE_URL: simulator.url }
  const before = bed.kept(await startAnalyzer(env))
  const all = ['kept-one', 'kept-two', 'erased', 'submitted-again'].map(conversation)
  await bed.topics.send(all)
  await expect.poll(bed.analyzed, PATIENCE).toBe(4)
  await writePast([], all[2]?.conversation_id ?? '')
  const newer = { ...conversation('newer'), conversation_id: all[3]?.conversation_id ?? '' }
  await bed.topics.send([newer])
  await expect.poll(bed.analyzed, PATIENCE).toBe(5)
  await before.stop()

  const same = await insights('reanalyze', '--since', '1h', '--dry-run')
  expect(same).toContain("  its insight was made under today's prompt: 3\n")
  expect(same).toContain('  the conversation was erased since: 1\n0 conversations are to be analysed once more\n')
  const [version] = bed.topics.read.insightsProduced.map(({ event }) => event.prompt_version)
  const under = await insights('reanalyze', '--since', '1h', '--dry-run', '--prompt-version', version ?? '')
  expect(under).toContain('3 conversations are to be analysed once more\n  cost: about 0.')

  const today = { MASK_PII: 'true' }
  await expect(insightsWith(today, 'reanalyze', '--since', '1h')).rejects.toMatchObject({
    code: 2,
    stdout: expect.stringContaining('3 conversations are to be analysed once more\n  cost: about 0.') as string,
    stderr: 'insights reanalyze: nothing was published: say --yes to begin, as there is no terminal to ask at\n',
  })
  const sent = await readReceived()
  expect(sent).toHaveLength(5)
  expect(await insightsWith(today, 'reanalyze', '--since', '1h', '--yes')).toContain('3 conversations published in the')
  const published = (await readReceived()).filter(({ headers }) => laneOf(headers) === 'bulk')
  const newestOf = (record: ConsumedRecord) => sent.findLast(({ key }) => String(key) === String(record.key))
  expect(published.map(firstOriginOf)).toEqual(published.map((record) => firstOriginOf(newestOf(record) ?? record)))
  const waiting = await insightsWith(today, 'reanalyze', '--since', '1h', '--yes')
  expect(waiting).toContain('is not older than ANALYSIS_MAX_AGE: it may wait still: 3')

  bed.kept(await startAnalyzer({ ...env, ...today }))
  await expect.poll(bed.analyzed, PATIENCE).toBe(8)
  expect(new Set(bed.topics.read.insightsProduced.map(({ event }) => event.prompt_version)).size).toBe(2)
  expect(bed.topics.faults.splice(0)).toMatchObject([{ detail: 'the value is null' }])
})
