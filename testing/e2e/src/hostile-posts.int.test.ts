import { setTimeout as sleep } from 'node:timers/promises'
import { joinTopics } from '@insights/fixtures/join-topics'
import { testContext } from '@insights/stack/test-context'
import { expect, test, vi } from 'vitest'
import { startPipeline } from './start-pipeline.ts'
import { submit } from './submit.ts'
import { usedBy } from './used-by.ts'

/** Texts that ended or stopped an analyzer once, each as large as ingress takes one. */
const texts: Record<string, string> = {
  'isolates and an Arabic letter': `${'\u2066'.repeat(330_000)}\u0627`,
  'marks on one letter': `a${'\u0301'.repeat(110_000)}${'\u0323'.repeat(110_000)}`,
  'marks in rows': `a${'\u0323\u0301'.repeat(20)}`.repeat(6_000),
  'spaces and braces': `${' '.repeat(500_000)}{}${' '.repeat(500_000)}`,
  'zero-width characters': 'a\u200B'.repeat(250_000),
  'open brackets': '{"results":['.repeat(70_000),
  'role words': 'human: \n'.repeat(100_000),
  'digits and separators': '12-34 '.repeat(160_000),
}
const FAULTY = JSON.stringify({ messages: Array.from({ length: 520_000 }, () => 0) })
const LATEST_MS = 5_000
const MOST_MEMORY_MB = 400
const PATIENCE = { timeout: 60_000, interval: 100 }

const conversation = (id: string, text: string) => ({ conversation_id: id, messages: [{ text, inbound: true }] })

test('(I8, I9) one POST of each hostile text beside good ones: no insight is late, no member leaves the group, memory is bounded', async () => {
  await using context = await testContext('hostile-posts')
  const topics = await joinTopics(context.env)
  const pipeline = await startPipeline(context.env)
  const { ingress, analyzer, query } = pipeline.services
  const ended: string[] = []
  for (const { name, exited } of [ingress, analyzer, query]) void exited.then((code) => ended.push(`${name} ${code}`))
  const post = (id: string, text: string) => submit(() => ingress.url, conversation(id, text))
  try {
    const posting: Promise<unknown>[] = []
    const hostile = Object.entries(texts)
    let faulty: Promise<number[]> | undefined
    let good = 0
    for (let second = 0; second < 12; second++) {
      for (let i = 0; i < 10; i++) posting.push(post(`good-${good++}`, 'The parcel is late and nobody answers me.'))
      const [name, text] = hostile[second] ?? []
      if (name !== undefined && text !== undefined) posting.push(post(`hostile-${name}`, text))
      // All at once, as an attack would.
      if (second === hostile.length) {
        faulty = Promise.all(Array.from({ length: 30 }, () => postBody(ingress.url, FAULTY)))
      }
      await sleep(1_000)
    }
    await Promise.all(posting)
    expect(new Set(await faulty)).toEqual(new Set([422]))
    const found = () =>
      topics.read.insightsProduced.filter(({ event }) => /^(?:good|hostile)-/.test(event.conversation_id))
    // On a busy machine a hostile text may take longer than it has, and is given up; a good one never.
    const givenUp = () => topics.read.analysisFailed.map(({ event }) => String(event.original.key))
    await vi.waitUntil(() => ended.length > 0 || found().length + givenUp().length >= good + hostile.length, PATIENCE)

    const late = found().flatMap(({ event, record }) => {
      const waitMs = record.appendedAt - event.origin.appended_at
      return event.conversation_id.startsWith('good-') && waitMs > LATEST_MS
        ? [{ id: event.conversation_id, waitMs }]
        : []
    })
    const joins = analyzer.output().split('"joined the consumer group"').length - 1
    const used = [ingress, analyzer, query].map(usedBy)
    console.log(used.map(({ name, megabytes, seconds }) => `${name} ${megabytes} MB, ${seconds} s of CPU`).join('; '))
    expect({ late, ended, joins, failures: givenUp().filter((id) => id.startsWith('good-')) }).toEqual({
      late: [],
      ended: [],
      joins: 2, // the input topic's group, and the signals'
      failures: [],
    })
    expect(used.filter(({ megabytes }) => megabytes >= MOST_MEMORY_MB)).toEqual([])
  } finally {
    await pipeline.stop()
    await topics.stop()
  }
}, 120_000)

async function postBody(url: string, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1/conversations`, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}
