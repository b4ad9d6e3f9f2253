import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMetrics } from '@insights/runtime/metrics'
import fc from 'fast-check'
import { sql } from 'slonik'
import { z } from 'zod'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyTables } from '../../projector/dump-tables.fixture.ts'
import { toEvents } from '../../projector/read/to-events.ts'
import { toReading } from '../../projector/store-insights.fixture.ts'
import { writeProjection } from '../../projector/write/write-projection.ts'
import { sampleInsight } from '../../sample-insight.fixture.ts'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import { openDatabase, type Database } from '../reading/open-database.ts'
import { selects } from '../selection/count-insights.ts'
import { serveForTests } from '../serve.fixture.ts'
import { followEvents, type Followed } from './follow-events.fixture.ts'
import { matchesFilter } from './matches-filter.ts'
import { StreamInsightsQuery } from './stream-query.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const { pool, database } = await openTestDatabase('query-stream-insights', { writers: 4 })
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})
beforeEach(() => emptyTables(pool))

async function serve({ read = database, mostClients = 100, pollMs = 10, keepAliveMs = 15_000 } = {}) {
  const metrics = createMetrics({ service: 'query', version: 'test' })
  const app = serveForTests(read, { metrics, streams: { mostClients, pollMs, keepAliveMs } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  cleanups.push(() => app.close())
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1/insights/stream`
  return {
    app,
    origin,
    metric: async (name: string) => (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value,
    follow: async (query = '', headers: Record<string, string> = {}): Promise<Followed> => {
      const followed = await followEvents(`${origin}${query}`, headers)
      cleanups.push(() => followed.leave())
      await expect.poll(followed.lastId, soon).not.toBe('')
      return followed
    },
  }
}

let submitted = 0
interface Written {
  id: string
  partition?: number
  offset: number
  changes?: Parameters<typeof sampleInsight>[0]
  reasoning?: string
}
/** Writes one batch of a partition as the projector does; each insight answers a newer submission than the last. */
async function write(insights: Written[]): Promise<void> {
  const readings = insights.map(({ id, partition = 0, offset, changes }) => {
    const appendedAt = Date.parse('2026-03-01') + ++submitted
    const origin = { topic: 'conversations.received', partition: 0, offset: submitted, appended_at: appendedAt }
    const reading = toReading(sampleInsight({ conversation_id: id, origin, ...changes }), { offset, appendedAt })
    return { ...reading, record: { ...reading.record, partition } }
  })
  const told = toEvents(readings, null, { facetKeys: [], receivedTopic: 'conversations.received' })
  // The shard is the partition's, as it is for ids that Kafka has put there.
  await writeProjection(pool, told, { shardOf: () => insights[0]?.partition ?? 0, storeMessages: true })
}

const idsOf = ({ events }: Followed) => events.map(({ insight }) => insight.conversation_id)
const count = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('GET /api/v1/insights/stream', () => {
  test('gives each insight as the list gives it, in one line, from the moment on at which it is asked', async () => {
    const { app, follow } = await serve()
    await write([{ id: 'before', offset: 1 }])
    const followed = await follow()
    await write([{ id: 'after "quotes"\nand lines', offset: 2 }])
    await expect.poll(() => followed.events, soon).toHaveLength(1)
    const list = await app.inject({
      url: '/api/v1/insights',
      query: { start_time: '2026-01-01', end_time: '2027-01-01' },
    })
    const listed = list.json<{ data: { conversation_id: string }[] }>().data
    expect(followed.events[0]?.insight).toEqual(listed.find(({ conversation_id: id }) => id.startsWith('after')))
    expect(followed.text()).toMatch(/^retry: 2000\nid: \S+\n\nevent: insight\nid: \S+\ndata: \{[^\n]+\}\n\n$/)
    expect(followed.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
  })

  test('a conversation that is analysed again comes again; what changes nothing, does not', async () => {
    const { follow } = await serve()
    const followed = await follow()
    await write([{ id: 'one', offset: 1 }])
    await expect.poll(() => idsOf(followed), soon).toEqual(['one'])
    const older = Date.parse('2020-01-01')
    const origin = { topic: 'conversations.received', partition: 0, offset: 0, appended_at: older }
    await write([{ id: 'one', offset: 2, changes: { origin } }])
    await write([{ id: 'one', offset: 3, changes: { reasoning: 'another reason' } }])
    await expect.poll(() => idsOf(followed), soon).toEqual(['one', 'one'])
    expect(followed.events[1]?.insight['reasoning']).toBe('another reason')
  })

  test('sends what matches the filter, and moves the others on with the comments that keep the connection', async () => {
    const { follow } = await serve({ keepAliveMs: 50 })
    const [positive, refund] = [await follow('?sentiment=positive'), await follow('?cluster=Refund&min_confidence=0.5')]
    await write([
      { id: 'a', offset: 1, changes: { sentiment_score: 0.5, clusters: ['refund'], confidence: 0.4 } },
      { id: 'b', offset: 2, changes: { sentiment_score: -0.5, clusters: ['refund'], confidence: 0.6 } },
    ])
    await expect.poll(() => idsOf(positive), soon).toEqual(['a'])
    await expect.poll(() => idsOf(refund), soon).toEqual(['b'])
    const last = refund.lastId()
    await expect.poll(positive.lastId, soon).toBe(last)
    const again = await follow('?sentiment=positive', { 'last-event-id': last })
    await write([{ id: 'c', offset: 3, changes: { sentiment_score: 0.5 } }])
    await expect.poll(() => idsOf(again), soon).toEqual(['c'])
    expect(again.text()).toContain(': keep-alive\n')
  })

  test('(I2) misses nothing over breaks at any place, while partitions are written at once and commit in any order', async () => {
    const { origin } = await serve()
    const [partitions, each] = [[0, 1, 5, 11], 120]
    const writing = partitions.map(async (partition, index) => {
      for (let offset = 0; offset < each;) {
        const size = Math.min(each - offset, 1 + ((offset * 7 + index * 3) % 9))
        await write(count(offset, offset + size).map((at) => ({ id: `${partition}-${at}`, partition, offset: at * 3 })))
        offset += size
      }
    })
    const written = partitions.flatMap((partition) => count(0, each).map((at) => `${partition}-${at}`))
    const seen: string[] = []
    let last = Buffer.from('[1,[]]').toString('base64url')
    for (let breaks = 0; seen.length < written.length; breaks++) {
      const followed = await followEvents(origin, { 'last-event-id': last })
      const wanted = Math.min(1 + (breaks % 17), written.length - seen.length)
      await expect.poll(() => followed.events.length >= wanted, { ...soon, interval: 5 }).toBe(true)
      followed.leave()
      const taken = followed.events.slice(0, wanted)
      seen.push(...taken.map(({ insight }) => insight.conversation_id))
      last = taken.at(-1)?.id ?? last
    }
    await Promise.all(writing)
    // None twice either: it went on exactly behind the id that it gave.
    expect(seen.toSorted()).toEqual(written.toSorted())
  })

  test('a stream that was away for long is brought on in pages, and goes on live', async () => {
    const { follow } = await serve()
    const first = await follow()
    first.leave()
    for (const from of count(0, 5))
      await write(count(from * 200, from * 200 + 200).map((at) => ({ id: `c${at}`, offset: at })))
    const again = await follow(`?last_event_id=${first.lastId()}`)
    await expect.poll(() => again.events.length, soon).toBe(1000)
    await write([{ id: 'live', offset: 1000 }])
    await expect.poll(() => idsOf(again).at(-1), soon).toBe('live')
    expect(new Set(idsOf(again)).size).toBe(1001)
  })

  test('(I8) clients that come back at once are brought on together, each from its own place', async () => {
    let reads = 0
    const read: Database = { ...database, read: (work) => (reads++, database.read(work)) }
    // Those that are there already ask too rarely to count.
    const { origin } = await serve({ read, pollMs: 60_000 })
    for (const from of count(0, 5))
      await write(count(from * 200, from * 200 + 200).map((at) => ({ id: `c${at}`, offset: at })))
    const id = (offset: number) => Buffer.from(`[1,[${offset}]]`).toString('base64url')
    const followed = await Promise.all(count(0, 50).map((at) => followEvents(origin, { 'last-event-id': id(at * 10) })))
    cleanups.push(...followed.map((one) => one.leave))
    for (const [index, one] of followed.entries()) {
      await expect.poll(() => one.events.length, soon).toBe(999 - index * 10)
      expect(new Set(idsOf(one)).size).toBe(999 - index * 10)
      expect(one.lastId()).toBe(id(999))
    }
    // Each for itself, they would need five pages each.
    expect(reads).toBeLessThan(100)
  })

  test('(I2) an id beyond all that there is, of other topics or made up, keeps insights from no client: it goes on from now', async () => {
    const { follow } = await serve()
    await write([{ id: 'before', offset: 1 }])
    const beyond = Buffer.from(JSON.stringify([1, Array(500).fill(Number.MAX_SAFE_INTEGER)])).toString('base64url')
    const first = await follow('', { 'last-event-id': beyond })
    const now = Buffer.from('[1,[1]]').toString('base64url')
    await expect.poll(first.lastId, soon).toBe(now)
    const second = await follow()
    expect(second.lastId()).toBe(now)
    await write([{ id: 'after', offset: 2 }])
    await expect.poll(() => [first, second].map(idsOf), soon).toEqual([['after'], ['after']])
  })

  test('the header counts before the parameter, which an EventSource keeps from its beginning', async () => {
    const { follow } = await serve()
    await write([{ id: 'one', offset: 1 }])
    const at = (offset: number) => Buffer.from(`[1,[${offset}]]`).toString('base64url')
    const followed = await follow(`?last_event_id=${at(0)}`, { 'last-event-id': at(1) })
    await write([{ id: 'two', offset: 2 }])
    await expect.poll(() => idsOf(followed), soon).toEqual(['two'])
  })

  test('(I8) of 20 clients 3 take nothing: they are dropped, and the others get everything', async () => {
    const { origin, follow, metric } = await serve()
    const quick = await Promise.all(count(0, 17).map(() => follow()))
    const stalled = await Promise.all(
      count(0, 3).map(async () => {
        const request = http.get(origin, { agent: false })
        cleanups.push(() => request.destroy())
        const [response] = (await once(request, 'response')) as [http.IncomingMessage]
        return response.pause()
      }),
    )
    await expect.poll(() => metric('insights_stream_clients'), soon).toBe(20)
    // More than the buffers of both ends take.
    const reasoning = 'x'.repeat(100_000)
    let offset = 0
    while ((await metric('insights_stream_clients')) !== 17) {
      if (offset > 2_000) throw new Error('no stalled client was dropped')
      await write(count(offset, offset + 10).map((at) => ({ id: `c${at}`, offset: at, changes: { reasoning } })))
      offset += 10
    }
    expect(await metric('insights_stream_clients_dropped_total')).toBe(3)
    for (const followed of quick) await expect.poll(() => followed.events.length, soon).toBe(offset)
    for (const response of stalled) response.destroy()
  }, 60_000)

  test('a client that leaves makes place for another; one too many is told when to come again', async () => {
    const { app, follow } = await serve({ mostClients: 2 })
    const [one] = [await follow(), await follow()]
    const refused = await app.inject('/api/v1/insights/stream')
    expect({ status: refused.statusCode, after: refused.headers['retry-after'] }).toEqual({ status: 503, after: '10' })
    one.leave()
    await expect.poll(async () => (await follow().catch(() => null)) !== null, soon).toBe(true)
  })

  test('what cannot be read is refused by its name', async () => {
    const { app } = await serve()
    const faultsOf = async (query: string, headers = {}) => {
      const answer = await app.inject({ url: `/api/v1/insights/stream${query}`, headers })
      expect(answer.statusCode).toBe(422)
      return answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
    }
    expect(await faultsOf('', { 'last-event-id': 'conv_1' })).toEqual(['/last-event-id'])
    expect(await faultsOf('?last_event_id=x')).toEqual(['/last_event_id'])
    expect(await faultsOf('?q=word&start_time=2026-01-01')).toEqual(['/q', '/start_time'])
    expect(await faultsOf('?metadata.unheard=x')).toEqual(['/metadata.unheard'])
  })

  test('HEAD opens no stream', async () => {
    const { app, metric } = await serve()
    const answer = await app.inject({ method: 'HEAD', url: '/api/v1/insights/stream' })
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(await metric('insights_stream_clients')).toBe(0)
  })

  test('Postgres goes away: streams stay, are told, and go on when it is back', async () => {
    const away = openDatabase({ url: 'postgres://u:p@127.0.0.1:1/x', maxConnections: 1, statementTimeoutMs: 1000 })
    let isAway = false
    const read: Database = { ...database, read: (work) => (isAway ? away : database).read(work) }
    const { follow } = await serve({ read })
    const followed = await follow()
    isAway = true
    await expect.poll(followed.text, soon).toContain(': the database does not answer')
    const other = serveForTests(read)
    expect((await other.inject('/api/v1/insights/stream')).statusCode).toBe(503)
    await other.close()
    await write([{ id: 'meanwhile', offset: 1 }])
    isAway = false
    await expect.poll(() => idsOf(followed), soon).toEqual(['meanwhile'])
    await away.close()
  })

  test('a stop ends the streams at once, and each can go on elsewhere', async () => {
    const [one, other] = [await serve(), await serve()]
    const followed = await one.follow()
    await one.app.close()
    expect(await followed.ended).toBe('cleanly')
    await write([{ id: 'meanwhile', offset: 1 }])
    const again = await other.follow('', { 'last-event-id': followed.lastId() })
    await expect.poll(() => idsOf(again), soon).toEqual(['meanwhile'])
  })
})

test('an insight matches a filter of the stream exactly where the list has it', async () => {
  const scores = [-1, -0.2, -0.2000001, 0, 0.2, 0.2000001, 1]
  const insights = count(0, 120).map((at) => ({
    conversation_id: `c${at}`,
    sentiment_score: scores[at % scores.length] ?? 0,
    confidence: (at % 11) / 10,
    clusters: ['refund', 'ｌｏｇｉｎ', 'login'].slice(at % 3, (at % 3) + 1 + (at % 2)),
    model: at % 4 === 0 ? 'grok' : 'other',
    created_at: Date.parse('2026-01-01') + at,
    truncated: at % 5 === 0,
    facets: [`source=${at % 2 === 0 ? 'http' : 'crm'}`, `metadata.channel=${at % 3}`],
  }))
  const client = await pool.connect()
  try {
    await storeInsights(client, insights)
  } finally {
    client.release()
  }
  const maybe = (name: string, ...values: string[]) =>
    fc.option(fc.constantFrom(...values).map((value) => [name, value]))
  const query = fc.tuple(
    maybe('sentiment', 'positive', 'neutral', 'negative'),
    maybe('min_confidence', '0', '0.3', '0.55', '1'),
    maybe('cluster', 'Refund', 'login', 'ｌｏｇｉｎ', 'none'),
    maybe('cluster', 'refund', 'login'),
    maybe('cluster_match', 'all', 'any'),
    maybe('source', 'http', 'crm', 'HTTP'),
    maybe('model', 'grok'),
    maybe('truncated', 'true', 'false'),
    maybe('metadata.channel', '0', '1'),
  )
  const Row = z.object({
    conversation_id: z.string(),
    sentiment_score: z.number(),
    confidence: z.number(),
    truncated: z.boolean(),
    facets: z.array(z.string()),
  })
  await fc.assert(
    fc.asyncProperty(query, async (pairs) => {
      const given: Record<string, string | string[]> = {}
      for (const [name = '', value = ''] of pairs.filter((pair) => pair !== null))
        given[name] = given[name] === undefined ? value : [given[name], value].flat()
      const { filter } = StreamInsightsQuery.parse(given)
      const span = { first: Date.parse('2025-01-01'), last: Date.parse('2027-01-01') }
      const where = selects({ ...filter, time: 'created_at', text: null }, span)
      const [all, wanted] = await database.read(async (reader) => [
        await reader.any(
          sql.type(Row)`select conversation_id, sentiment_score, confidence, truncated, facets from insights`,
        ),
        await reader.any(sql.type(Row)`
          select conversation_id, sentiment_score, confidence, truncated, facets from insights where ${where}`),
      ])
      const ids = (rows: readonly { conversation_id: string }[]) => rows.map((row) => row.conversation_id).toSorted()
      expect(ids((all ?? []).filter((row) => matchesFilter(row, filter)))).toEqual(ids(wanted ?? []))
    }),
    { numRuns: 150 },
  )
})
