import { Writable } from 'node:stream'
import { deleteTopics, ensureTopics } from '@insights/runtime/kafka/admin'
import { connectKafka, type KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createPartitioner } from '@insights/runtime/kafka/consume/partition-records'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger, type Logger } from '@insights/runtime/logger'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignalExchange, type SignalExchange } from './exchange-signals.ts'
import { createBudget } from './budget/budget.ts'
import { spendingKey, type SpendingSignal, type CooldownSignal } from './signals.ts'
import { createCooldown, type GroupCooldown } from './cooldown/cooldown.ts'

const log = createLogger({ service: 'test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const signal = (base: number): CooldownSignal => ({ member: 'a', base, hold: null, succeededAt: null })
let context: TestContext
let kafka: KafkaConnection
const created: string[] = []

beforeAll(async () => {
  context = await testContext('signals')
  kafka = connectKafka({ clientId: 'test', brokers: (context.env['KAFKA_BROKERS'] ?? '').split(','), ssl: false, log })
})
afterAll(async () => {
  await deleteTopics(kafka, created)
  await context.stop()
})

async function createTopic(name: string): Promise<string> {
  const topic = `${context.prefix}${name}`
  created.push(topic)
  const config = { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'compact' }
  await ensureTopics(kafka, [{ name: topic, partitions: 1, replicationFactor: 1, config }])
  return topic
}

function join(topic: string, member: string, on: KafkaConnection = kafka, to: Logger = log) {
  const read: { signal: CooldownSignal; appendedAt: number; at: number }[] = []
  const spent: SpendingSignal[] = []
  const crashes: unknown[] = []
  const exchange = createSignalExchange({
    kafka: on,
    log: to,
    topic,
    groupId: `${topic}-${member}`,
    member,
    onCrash: (error) => void crashes.push(error),
  })
  const start = () =>
    exchange.start({
      onCooldown: (signal, appendedAt) => void read.push({ signal, appendedAt, at: performance.now() }),
      onSpending: (signal) => void spent.push(signal),
    })
  return { ...exchange, start, read, spent, crashes }
}

/** Until the clock can be read and everything has been, as before a first call. */
async function ready(exchange: SignalExchange): Promise<void> {
  await expect.poll(exchange.probeClock, { timeout: 20_000 }).not.toBeNull()
  await expect.poll(exchange.caughtUp, { timeout: 20_000 }).toBe(true)
}

test('a signal reaches all members within tens of milliseconds, in one order; one that joins later reads it, too', async () => {
  const topic = await createTopic('order')
  const [a, b] = [join(topic, 'a'), join(topic, 'b')]
  await Promise.all([a.start(), b.start()])
  await Promise.all([ready(a), ready(b)])
  const delays: number[] = []
  for (let base = 0; base < 20; base++) {
    const sentAt = performance.now()
    expect(await (base % 2 === 0 ? a : b).publishCooldown(signal(base))).toBe(true)
    await expect.poll(() => b.read.length + a.read.length, { interval: 1 }).toBe(2 * base + 2)
    delays.push(Math.max(a.read.at(-1)?.at ?? Infinity, b.read.at(-1)?.at ?? Infinity) - sentAt)
  }
  const median = delays.toSorted((x, y) => x - y)[10] ?? Infinity
  process.stdout.write(`a signal is everywhere after ${median.toFixed(1)} ms (median of 20)\n`)
  expect(median).toBeLessThan(100)
  await Promise.all([a.publishCooldown(signal(20)), b.publishCooldown(signal(20)), a.publishCooldown(signal(21))])
  await expect.poll(() => [a.read.length, b.read.length]).toEqual([23, 23])
  const plain = ({ signal, appendedAt }: (typeof a.read)[0]) => ({ signal, appendedAt })
  expect(a.read.map(plain)).toEqual(b.read.map(plain))
  expect(Math.abs((a.read[0]?.appendedAt ?? 0) - Date.now())).toBeLessThan(60_000)

  const c = join(topic, 'c')
  await c.start()
  await ready(c)
  expect(c.read.map(plain)).toEqual(a.read.map(plain))
  await Promise.all([a.stop(), b.stop(), c.stop()])
  expect([...a.crashes, ...b.crashes, ...c.crashes]).toEqual([])
})

test('the clock probe measures its own way to the broker, not the signals that are sent with it', async () => {
  const a = join(await createTopic('clock'), 'a')
  await a.start()
  await ready(a)
  const around = Date.now() - performance.now()
  const [first, , second] = await Promise.all([a.probeClock(), a.publishCooldown(signal(0)), a.probeClock()])
  for (const probe of [first, second]) {
    expect(probe).not.toBeNull()
    if (probe === null) continue
    expect(probe.receivedAt).toBeGreaterThanOrEqual(probe.sentAt)
    expect(Math.abs(probe.appendTime - around - performance.now())).toBeLessThan(1_000)
  }
  expect(second?.sentAt).toBeGreaterThanOrEqual(first?.receivedAt ?? Infinity)
  await a.stop()
})

test('a topic that is not there yet fails each try at once and no process; once it is there all works', async () => {
  const topic = `${context.prefix}late`
  const a = join(topic, 'a')
  await a.start()
  await expect.poll(() => a.publishCooldown(signal(0)), { timeout: 20_000 }).toBe(false)
  expect(await a.probeClock()).toBeNull()
  await createTopic('late')
  await ready(a)
  expect(await a.publishCooldown(signal(0))).toBe(true)
  await expect.poll(() => a.read.length, { timeout: 20_000 }).toBe(1)
  expect(a.crashes).toEqual([])
  await a.stop()
})

test('without a broker nothing is called sent, and the stop takes seconds', async () => {
  const nowhere = connectKafka({ clientId: 'test', brokers: ['127.0.0.1:1'], ssl: false, log })
  const a = join('nowhere', 'a', nowhere)
  await a.start()
  expect(await a.publishCooldown(signal(0))).toBe(false)
  expect(await a.probeClock()).toBeNull()
  expect(a.caughtUp()).toBe(false)
  const begun = performance.now()
  await a.stop()
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(a.crashes).toEqual([])
})

test('(I8) a record that cannot be read, 58 KB of faults, is one short line, and what stands behind it is read', async () => {
  const topic = await createTopic('unreadable')
  const producer = kafka.newClient().producer({ createPartitioner })
  await producer.connect()
  const value = JSON.stringify({ revision: 1, models: Array.from({ length: 29_000 }, () => 0) })
  const messages = Array.from({ length: 20 }, (_, i) => ({
    key: spendingKey('2026-05-10', `m${i}`),
    value,
    partition: 0,
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()

  const lines: string[] = []
  const destination = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) })
  const warnings = createLogger({ service: 'analyzer', level: 'warn', destination })
  const a = join(topic, 'a', kafka, warnings)
  await a.start()
  await ready(a)
  expect(await a.publishCooldown(signal(0))).toBe(true)
  await expect.poll(() => a.read.length).toBe(1)
  const told = lines.filter((line) => line.includes('cannot be read'))
  expect(told.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ key: 'spend/2026-05-10/m0', offset: 0, reason: 'too large: a value of 58025 bytes' }),
  ])
  expect(told[0]?.length).toBeLessThan(300)
  expect(a.spent).toEqual([])
  await a.stop()
})

test('(I3) six analyzers over a real log: each step of the back-off is tried by one of them, and then all go on', async () => {
  const topic = await createTopic('group')
  const probes: number[] = []
  const members = Array.from({ length: 6 }, (_, i) => {
    const member = `m${i}`
    const cooldown: GroupCooldown = createCooldown({
      member,
      backoffMs: 100,
      probeMs: 1_000,
      probeTimeoutMs: 5_000,
      random: () => 0.9,
      now: () => (exchange.caughtUp() ? Date.now() : null),
      publish: (signal) => exchange.publishCooldown(signal),
      onChange: () => {},
    })
    const exchange = createSignalExchange({
      kafka,
      log,
      topic,
      groupId: `${topic}-${member}`,
      member,
      onCrash: (error) => {
        throw error
      },
    })
    return { cooldown, exchange }
  })
  await Promise.all(
    members.map(({ cooldown, exchange }) => exchange.start({ onCooldown: cooldown.receive, onSpending: () => {} })),
  )
  await Promise.all(members.map(({ exchange }) => ready(exchange)))
  for (const { cooldown } of members) cooldown.refused(cooldown.begin(), { kind: 'transient', reason: 'unavailable' })
  // All members have work and check all the time; the first five probes fail.
  const look = () => {
    for (const { cooldown } of members) {
      const step = cooldown.held()?.step
      if (step === undefined || cooldown.waitMs() > 0) continue
      const ticket = cooldown.begin()
      if (ticket.claim === null) continue // it has learned just now that the hold is over
      probes.push(step)
      if (probes.length < 6) cooldown.refused(ticket, { kind: 'transient', reason: 'unavailable' })
      else cooldown.succeeded(ticket)
    }
    return members.every(({ cooldown }) => cooldown.reason() === null && cooldown.waitMs() === 0)
  }
  await expect.poll(look, { interval: 1, timeout: 30_000 }).toBe(true)
  expect(probes).toEqual([0, 1, 2, 3, 4, 5])
  await Promise.all(members.map(({ exchange }) => exchange.stop()))
})

describe('what is spent, over a real log', () => {
  const usage = {
    prompt_tokens: 900,
    cached_tokens: 100,
    completion_tokens: 50,
    reasoning_tokens: 0,
    cost_usd_ticks: 3_000_000,
  }

  /** An analyzer as far as money is concerned; the machine's clock stands for the broker's. */
  function joinSpender(topic: string, member: string, budgetUsd = 0.001) {
    const exchange = createSignalExchange({
      kafka,
      log,
      topic,
      groupId: `${topic}-${member}`,
      member,
      onCrash: (error) => {
        throw error
      },
    })
    const budget = createBudget({
      member,
      model: 'grok-4.3',
      budgetUsd,
      callsPerSecond: 10,
      guessTicks: 3_000_000,
      now: () => (exchange.caughtUp() ? Date.now() : null),
      publish: exchange.publishSpending,
      onChange: () => {},
      log,
    })
    const call = () => budget.answered(budget.begin(), { model: 'grok-4.3', usage, works: [] })
    const stop = async () => {
      await budget.stop()
      await exchange.stop()
    }
    return { exchange, budget, call, stop }
  }
  async function joinReady(topic: string, member: string, budgetUsd?: number) {
    const one = joinSpender(topic, member, budgetUsd)
    await one.exchange.start({ onCooldown: () => {}, onSpending: one.budget.receive })
    await ready(one.exchange)
    return one
  }

  async function recordsOf(topic: string): Promise<ConsumedRecord[]> {
    const records: ConsumedRecord[] = []
    await readToEnd({ kafka, log, topic, onRecords: (some) => void records.push(...some) })
    return records
  }

  test('two spend together, a restart knows it, and a log that compaction has been through says the same', async () => {
    const topic = await createTopic('spending')
    const [a, b] = [await joinReady(topic, 'a'), await joinReady(topic, 'b')]
    expect(b.budget.waitMs()).toBe(0)
    for (let i = 0; i < 2; i++) a.call()
    b.call()
    const cost = (one: typeof a) => one.budget.spentToday()?.cost
    await expect.poll(() => [cost(a), cost(b)], { timeout: 10_000 }).toEqual([9_000_000, 9_000_000])
    // 0.9 of the 1 thousandth of a dollar, and a call costs 0.3.
    await expect.poll(() => [a.budget.held() !== null, b.budget.held() !== null]).toEqual([true, true])
    a.call() // its own process's doing: it was begun before
    await a.stop()
    await expect.poll(() => cost(b), { timeout: 10_000 }).toBe(12_000_000)
    await b.stop()

    const c = await joinReady(topic, 'c')
    expect([cost(c), c.budget.spentToday()?.reserved, c.budget.held()]).toEqual([
      12_000_000,
      0,
      expect.stringContaining('0.0012 of 0.0010 US dollars'),
    ])
    const larger = await joinReady(topic, 'larger', 1)
    expect([cost(larger), larger.budget.waitMs()]).toEqual([12_000_000, 0])
    await Promise.all([c.stop(), larger.stop()])

    const newest = new Map((await recordsOf(topic)).map((record) => [String(record.key), record]))
    const compacted = await createTopic('spending-compacted')
    const producer = kafka.newClient().producer({ createPartitioner })
    await producer.connect()
    const messages = [...newest].map(([key, { value }]) => ({ key, value, partition: 0 }))
    await producer.send({ topic: compacted, messages })
    await producer.disconnect()
    const d = await joinReady(compacted, 'd')
    expect(cost(d)).toBe(12_000_000)
    await d.stop()
  })

  test('(I8) the records of days that are over or to come are deleted by a member that reads them, yesterday’s are not', async () => {
    const topic = await createTopic('spending-over')
    const writer = join(topic, 'writer')
    await writer.start()
    await ready(writer)
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
    const spending = { revision: 1, models: [{ model: 'x', calls: 1, usage }], unanswered: 0, reserved: 0 }
    const ago = [0, 1, 3, 4, 30, -2, -400]
    expect(await writer.publishSpending(ago.map((days) => ({ day: day(days), member: 'm', spending })))).toBe(true)
    await expect.poll(() => writer.spent.length).toBe(7)

    const a = await joinReady(topic, 'a')
    a.budget.refresh()
    await expect.poll(() => writer.spent.length, { timeout: 10_000 }).toBe(12)
    expect(writer.spent.slice(7).map(({ spending: rest }) => rest)).toEqual([null, null, null, null, null])
    const kept = new Map((await recordsOf(topic)).map((record) => [String(record.key), record.value !== null]))
    kept.delete('clock')
    expect(Object.fromEntries(kept)).toEqual(
      Object.fromEntries(ago.map((days) => [spendingKey(day(days), 'm'), days === 0 || days === 1])),
    )
    const b = await joinReady(topic, 'b')
    b.budget.refresh()
    await b.stop()
    expect(writer.spent.length).toBe(12)
    await Promise.all([a.stop(), writer.stop()])
  })

  test('without a broker nothing is called written', async () => {
    const nowhere = connectKafka({ clientId: 'test', brokers: ['127.0.0.1:1'], ssl: false, log })
    const one = join('nowhere', 'money', nowhere)
    await one.start()
    expect(await one.publishSpending([{ day: '2026-05-10', member: 'money', spending: null }])).toBe(false)
    await one.stop()
  })
})
