import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '@insights/runtime/logger'
import type { ItemVerdict } from '../answer/judge-answer.ts'
import type { CallEnd, NoAnswer } from './settle-call.ts'
import type { Urgency } from '../work/urgency.ts'
import { createGatherer } from './gather-batch.ts'
import type { Payments } from '../group/budget/budget.ts'
import type { Pacer, Slot } from '../slots/pace-calls.ts'
import { createCallRunner } from './run-calls.ts'
import { createCooldown, type GroupCooldown } from '../group/cooldown/cooldown.ts'
import type { Work } from '../work/work.ts'
import { offsets, owned, work } from '../work/work.fixture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An answer with a result for each but those of these places in the batch, which go again. */
function answered({ missing = [] as number[], model = null as string | null } = {}): CallEnd {
  const aliases = Array.from({ length: 10 }, (_, i) => `alias ${i}`)
  const answer = { reasoning: 'r', sentiment_score: 0.5, confidence: 0.9, clusters: ['refund' as const] }
  const items = new Map<string, ItemVerdict>(
    aliases.map((alias, i) => [
      alias,
      missing.includes(i)
        ? { kind: 'missing' }
        : { kind: 'accepted', answer: { conversation_id: alias, ...answer }, raw: null },
    ]),
  )
  const verdict = { verdict: 'ok', reason: 'answered', detail: '' } as const
  return { kind: 'answered', judgement: { ...verdict, items, unknown: 0, model, usage: null }, aliases }
}
const outage: NoAnswer = { kind: 'transient', reason: 'unavailable', detail: 'HTTP 503', unanswered: false }
const SLOT_MS = 100

/** Slots every 100 ms, all ours; a slot that was entered is not given again. What the test sets is so from then on. */
function createSlots() {
  let last = -1
  let time = 0
  const set = { open: true, mine: true, most: Infinity, entering: Promise.resolve() }
  const order: Urgency[] = []
  const pacer: Pacer = {
    silence: () => null,
    next: (inMs, admits) => {
      if (!set.mine) return null
      time = performance.now()
      for (let slot = Math.max(last + 1, Math.ceil((time + Math.max(0, inMs)) / SLOT_MS)); slot < 1e6; slot++)
        if (admits(slot, slot * SLOT_MS)) return { slot, inMs: slot * SLOT_MS - time, generation }
        else if (slot > last + 64) return null
      return null
    },
    isOver: () => false,
    untilOpen: () => Promise.resolve(),
    isOpen: () => set.open,
    enter: async ({ slot }: Slot, urgency, begin) => {
      last = slot
      order.push(urgency)
      await set.entering
      await begin()
    },
    setMaxConcurrent: (limit) => (set.most = limit),
    countSlots: () => ({ used: 0, idle: 0 }),
  }
  return { pacer, set, order, used: () => last + 1 }
}
const generation = { partitions: new Set([0]), partitionCount: 1, joinedAt: 0 }

/** A budget as the test sets it; what calls were paid, by number. */
function createPayments() {
  const set = { waitMs: 0, mayLeave: true }
  const ended: string[] = []
  let begun = 0
  const payments: Payments = {
    waitMs: () => set.waitMs,
    begin: () => ({ day: '', ticks: begun++ }),
    mayLeave: () => set.mayLeave,
    answered: ({ ticks }, { model, works }) => void ended.push(`${ticks}: ${works.length} answered by ${model}`),
    unanswered: ({ ticks }, { mayBeCharged }) => void ended.push(`${ticks}: ${mayBeCharged ? 'in doubt' : 'free'}`),
  }
  return { payments, set, ended, begun: () => begun }
}

/** A runner whose calls the test answers, alone in its group. */
function create({ limit = 4, callsPerSlot = 1, flushMs = 750 } = {}) {
  const calls: {
    works: readonly Work[]
    signal: AbortSignal
    mayLeave(): boolean
    leave(): void
    answer(end: CallEnd): Promise<void>
  }[] = []
  const ended: number[] = []
  const started: number[] = []
  const observed: number[] = []
  const slots = createSlots()
  const money = createPayments()
  const evidence = { begun: 0, lastAnswered: -1 }
  const set = { limit, ready: 99, problem: null as string | null, expected: 0, evidence }
  const monotonic = () => performance.now()
  const cooldown: GroupCooldown = createCooldown({
    member: 'm',
    backoffMs: 1_000,
    probeMs: 30_000,
    probeTimeoutMs: 70_000,
    random: () => 0.5,
    now: monotonic,
    publish: async (signal) => {
      await Promise.resolve()
      cooldown.receive(signal, monotonic())
      return true
    },
    onChange: () => runner.recheck(),
  })
  const gatherer = createGatherer({ batchSize: 2, maxTokens: 1_000, flushMs })
  const runner = createCallRunner({
    gatherer,
    pacer: slots.pacer,
    cooldown,
    payments: money.payments,
    callsPerSlot,
    concurrency: { limit: () => set.limit, observe: (ms) => observed.push(ms) },
    connections: { ready: () => set.ready, problem: () => set.problem, expectCalls: () => void set.expected++ },
    makeCall: (works, { signal, mayLeave }) =>
      new Promise((resolve) => {
        let leftAt: number | null = null
        const answer = async (end: CallEnd) => {
          const lastedMs = leftAt === null ? null : monotonic() - leftAt
          resolve({ call: { callId: '', startedAt: 0, model: '', promptVersion: '' }, requestId: null, lastedMs, end })
          await vi.advanceTimersByTimeAsync(0)
        }
        calls.push({ works, signal, mayLeave, leave: () => (leftAt = monotonic()), answer })
      }),
    outcomes: { ofCall: () => {}, lost: (works) => ended.push(...offsets(works)) },
    maxAttempts: 3,
    onStarted: (works) => started.push(...offsets(works)),
    evidence: () => set.evidence,
    retryMs: 1_000,
    retryMaxMs: 600_000,
    onCrash: (error) => {
      throw error
    },
    log: createLogger({ service: 'test', level: 'silent' }),
    monotonic,
  })
  const add = (offset: number, more: Partial<Work> = {}) =>
    runner.add(work(offset, { waitingSince: monotonic(), ...more }))
  const addMany = (n: number) => Array.from({ length: n }, (_, offset) => add(offset))
  const sent = () => calls.map(({ works }) => offsets(works))
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return {
    runner,
    cooldown,
    slots,
    money,
    set,
    calls,
    ended,
    started,
    observed,
    add,
    addMany,
    sent,
    pass,
    waiting: gatherer.size,
  }
}

describe('bringing batches, slots and the cool-down together', () => {
  test('a full batch leaves in the next slot, a lone conversation in the first one after it has waited long enough', async () => {
    const { add, sent, started, pass } = create()
    await pass(10)
    for (const offset of [1, 2, 3]) add(offset)
    await pass(50)
    expect(sent()).toEqual([])
    await pass(40)
    expect([sent(), started]).toEqual([[[1, 2]], [1, 2]])
    await pass(680)
    expect(sent()).toHaveLength(1)
    await pass(30)
    expect(sent()).toEqual([[1, 2], [3]])
  })

  test('(I3) one slot, one call: a backlog leaves slot by slot', async () => {
    const { addMany, sent, pass } = create({ limit: 99 })
    addMany(20)
    await pass(0)
    expect(sent()).toHaveLength(1)
    await pass(450)
    expect(sent()).toHaveLength(5)
  })

  test('(I3) while one slot is being entered, no other is, whatever calls for a look', async () => {
    const { addMany, add, sent, slots, runner, pass } = create()
    const held = Promise.withResolvers<void>()
    slots.set.entering = held.promise
    addMany(4)
    await pass(250)
    add(9)
    runner.recheck()
    await pass(100)
    expect([sent(), slots.used()]).toEqual([[], 1])
    held.resolve()
    await pass(100)
    expect(sent().length).toBeGreaterThan(0)
  })

  test('(I3) a slot of several calls carries as many as there is work for, and no more', async () => {
    const { addMany, sent, slots, pass } = create({ limit: 99, callsPerSlot: 3 })
    addMany(8)
    await pass(0)
    expect([sent().length, slots.used()]).toEqual([3, 1])
    await pass(100)
    expect([sent().length, slots.used()]).toEqual([4, 2])
  })

  test('many calls are in flight, and no more than allowed; a call that ends lets the next one go', async () => {
    const { addMany, sent, calls, slots, set, waiting, pass } = create({ limit: 2 })
    addMany(8)
    await pass(5_000)
    expect([sent(), calls.length, waiting()]).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      2,
      4,
    ])
    expect([slots.set.most, vi.getTimerCount()]).toEqual([2, 0])
    await calls[1]?.answer(answered())
    expect(sent()[2]).toEqual([4, 5])
    set.limit = 3
    await calls[0]?.answer(answered())
    await pass(300)
    expect([sent().length, slots.set.most]).toEqual([4, 3])
  })

  test('what is more urgent is told to the pacer', async () => {
    const { add, calls, slots, pass } = create({ limit: 1 })
    for (const offset of [0, 1]) add(offset)
    for (const offset of [2, 3]) add(offset, { lane: 'bulk' })
    await pass(0)
    await calls[0]?.answer(answered({ missing: [0, 1] }))
    await pass(100)
    await calls[1]?.answer(answered())
    await pass(100)
    expect(slots.order).toEqual(['live', 'again', 'bulk'])
  })

  test('what the answer left open goes again, before what came later', async () => {
    const { addMany, sent, calls, pass } = create({ limit: 1 })
    addMany(4)
    await pass(0)
    await calls[0]?.answer(answered({ missing: [1] }))
    await pass(100)
    expect(sent()[1]).toEqual([1, 2])
  })

  test('latency is that from leaving to the answer, and of calls that left only', async () => {
    const { addMany, calls, observed, pass } = create()
    addMany(4)
    await pass(0)
    await pass(100)
    calls[0]?.leave()
    calls[1]?.leave()
    await pass(230)
    await calls[0]?.answer(answered())
    await calls[1]?.answer({ kind: 'aborted' })
    await pass(200)
    await calls[2]?.answer({ kind: 'held' })
    expect(observed).toEqual([230])
  })
})

describe('when a call may not leave', () => {
  test('without a slot of ours it looks again, and asks nothing of the provider', async () => {
    const { addMany, sent, slots, pass } = create()
    slots.set.mine = false
    addMany(2)
    await pass(5_000)
    expect(sent()).toEqual([])
    slots.set.mine = true
    await pass(200)
    expect(sent()).toEqual([[0, 1]])
  })

  test('(I3) whether it is still open is asked of the slot at the last moment', async () => {
    const { addMany, calls, slots, pass } = create()
    addMany(2)
    await pass(0)
    expect(calls[0]?.mayLeave()).toBe(true)
    slots.set.open = false
    expect(calls[0]?.mayLeave()).toBe(false)
  })

  test('what was held at the last moment goes again at once, and starts no cool-down', async () => {
    const { addMany, sent, calls, cooldown, pass } = create()
    addMany(2)
    await pass(0)
    await calls[0]?.answer({ kind: 'held' })
    await pass(100)
    expect([cooldown.reason(), sent()]).toEqual([
      null,
      [
        [0, 1],
        [0, 1],
      ],
    ])
    expect(calls[1]?.works.every(({ attempts }) => attempts === 0)).toBe(true)
  })

  test('a slot is not entered while no connection is ready; it was said that calls are expected', async () => {
    const { addMany, sent, set, slots, pass } = create()
    set.ready = 0
    addMany(2)
    expect(set.expected).toBeGreaterThan(0)
    await pass(1_000)
    expect([sent(), slots.used()]).toEqual([[], 0])
    set.ready = 1
    await pass(100)
    expect(sent()).toEqual([[0, 1]])
  })

  test('a provider that cannot be reached is met by a call, or no cool-down would begin', async () => {
    const { addMany, sent, set, pass } = create()
    set.ready = 0
    set.problem = 'ECONNREFUSED'
    addMany(2)
    await pass(100)
    expect(sent()).toEqual([[0, 1]])
  })

  test('a slot carries no more calls than connections are ready', async () => {
    const { addMany, sent, set, pass } = create({ callsPerSlot: 4 })
    set.ready = 2
    addMany(8)
    await pass(0)
    expect(sent()).toHaveLength(2)
  })
})

describe('a provider that does not answer', () => {
  test('charges no conversation: the same ones go again after the cool-down, first one probe, then all', async () => {
    const { addMany, sent, calls, pass } = create({ callsPerSlot: 2 })
    addMany(4)
    await pass(0)
    await calls[1]?.answer(outage)
    await calls[0]?.answer(outage)
    await pass(499)
    expect(sent()).toHaveLength(2)
    await pass(10_000)
    // In the order in which they came back.
    expect(sent().slice(2)).toEqual([[2, 3]])
    expect(calls[2]?.works.every(({ attempts }) => attempts === 0)).toBe(true)
    await calls[2]?.answer(answered())
    await pass(1_000)
    expect(sent().slice(3)).toEqual([[0, 1]])
  })

  test('one whose calls all stay unanswered neither keeps new ones from being the probe nor holds them up for ever', async () => {
    const { add, sent, calls, cooldown, pass } = create()
    const timeout: CallEnd = { kind: 'transient', reason: 'timeout', detail: '', unanswered: true }
    const hung = owned(1)
    add(0, { owned: hung })
    await pass(1_000)
    await calls[0]?.answer(timeout)
    const breaks = () => sent().filter((works) => works.includes(0)).length
    let next = 1
    const breaksByMinute = Array.from({ length: 60 }, () => 0)
    for (const minute of breaksByMinute.keys()) {
      const before = breaks()
      add(10 * minute + 1)
      add(10 * minute + 2)
      for (let second = 0; second < 60; second++) {
        await pass(1_000)
        for (; next < calls.length; next++)
          await calls[next]?.answer(offsets(calls[next]?.works ?? []).includes(0) ? timeout : answered())
      }
      breaksByMinute[minute] = breaks() - before
    }
    const others = sent().filter((works) => !works.includes(0))
    expect(others.flat()).toHaveLength(120)
    expect(sent().every((works) => works.length === 1 || !works.includes(0))).toBe(true)
    // An hour later it is retried every ten minutes, and no longer starts a cool-down.
    expect(breaksByMinute.slice(-20).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3)
    expect(breaks()).toBeGreaterThan(6)
    // Each such try is a sign of life (I9).
    expect(hung.settled).toBeGreaterThan(4)
    expect(cooldown.reason()).toBeNull()
  })

  test('a probe that was held at the last moment is made again', async () => {
    const { addMany, sent, calls, cooldown, pass } = create()
    addMany(2)
    await pass(0)
    await calls[0]?.answer(outage)
    await pass(2_000)
    await calls[1]?.answer({ kind: 'held' })
    await pass(30_000)
    expect(sent()).toHaveLength(3)
    await calls[2]?.answer(answered())
    expect(cooldown.reason()).toBeNull()
  })

  test('a misconfiguration holds everything, and a call that is given up says nothing', async () => {
    const { addMany, sent, calls, cooldown, pass } = create({ callsPerSlot: 2 })
    addMany(6)
    await pass(0)
    await calls[0]?.answer({ kind: 'misconfigured', reason: 'api_key', detail: 'HTTP 401', unanswered: false })
    await calls[1]?.answer({ kind: 'aborted' })
    await pass(25_000)
    expect([sent().length, cooldown.reason()]).toEqual([2, 'api_key'])
    await pass(10_000)
    expect(sent()).toHaveLength(3)
  })

  test('refused whatever they are about: every second probe is about others, none about the same two again, none is charged', async () => {
    const { addMany, sent, calls, cooldown, pass } = create()
    addMany(6)
    await pass(0)
    for (let next = 0; next < 8; next++) {
      await calls[next]?.answer({ kind: 'misconfigured', reason: 'request', detail: 'HTTP 400', unanswered: false })
      expect(cooldown.reason()).toBe('request')
      await pass(30_000)
    }
    expect(sent().slice(0, 3)).toEqual([[0, 1], [0], [2, 3]])
    const together = sent().filter((batch) => batch.length > 1)
    expect(new Set(together.map(String)).size).toBe(together.length)
    expect(calls.flatMap(({ works }) => works).every(({ attempts }) => attempts === 0)).toBe(true)
    await calls[8]?.answer(answered())
    expect(cooldown.reason()).toBeNull()
  })

  test('one that is refused alone holds up no other: others leave at once, and it goes again later', async () => {
    const { add, sent, calls, cooldown, set, pass } = create()
    const items = new Map<string, ItemVerdict>()
    const judgement = {
      verdict: 'refused',
      reason: 'request',
      detail: '',
      items,
      unknown: 0,
      model: null,
      usage: null,
    } as const
    const own = owned(1)
    add(0, { owned: own })
    await pass(1_000)
    set.evidence = { begun: 1, lastAnswered: -1 }
    await calls[0]?.answer({ kind: 'refused', judgement })
    expect([cooldown.reason(), own.settled]).toEqual([null, 1])
    add(1)
    add(2)
    await pass(100)
    expect(sent()).toEqual([[0], [1, 2]])
    await pass(1_000)
    expect(sent()).toEqual([[0], [1, 2], [0]])
  })

  test('a probe that was claimed and has nothing left to send is left to another member', async () => {
    const { addMany, calls, slots, runner, cooldown, pass } = create()
    addMany(2)
    await pass(0)
    await calls[0]?.answer(outage)
    slots.set.mine = false
    await pass(2_000)
    expect(cooldown.held()?.probe).toMatchObject({ member: 'm' })
    runner.drop(() => true)
    runner.recheck()
    await pass(0)
    expect([cooldown.reason(), cooldown.held()?.probe]).toEqual(['unavailable', null])
  })

  test('(I8) after the cool-down with nothing left to send, no member probes and no timer is held', async () => {
    const { addMany, sent, calls, runner, pass } = create()
    addMany(2)
    await pass(0)
    await calls[0]?.answer(outage)
    runner.drop(() => true)
    runner.recheck()
    await pass(120_000)
    expect([sent().length, vi.getTimerCount()]).toEqual([1, 0])
  })
})

describe('money', () => {
  test('without it nothing leaves and no conversation is charged; it is checked again when it is said to be there', async () => {
    const { addMany, sent, slots, money, calls, pass } = create()
    money.set.waitMs = 60_000
    addMany(4)
    await pass(59_990)
    money.set.waitMs = 0
    expect([sent(), slots.used(), money.begun()]).toEqual([[], 0, 0])
    await pass(200)
    expect(sent()).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(calls.flatMap(({ works }) => works).every(({ attempts }) => attempts === 0)).toBe(true)
  })

  test('it may run out within a slot, and at the last moment before a call leaves', async () => {
    const { addMany, sent, money, calls, pass } = create({ limit: 99, callsPerSlot: 3 })
    money.payments.begin = () => {
      money.set.waitMs = 1_000
      return { day: '', ticks: 7 }
    }
    addMany(6)
    await pass(100)
    expect(sent()).toEqual([[0, 1]])
    expect(calls[0]?.mayLeave()).toBe(true)
    money.set.mayLeave = false
    expect(calls[0]?.mayLeave()).toBe(false)
    await calls[0]?.answer({ kind: 'held' })
    expect(money.ended).toEqual(['7: free'])
    money.set.waitMs = 0
    await pass(1_100)
    expect(sent()[1]).toEqual([0, 1])
  })

  test('every call that begins is paid once: its answer, what may have been charged, or nothing', async () => {
    const { addMany, calls, money, pass } = create({ limit: 99, callsPerSlot: 7 })
    addMany(14)
    await pass(0)
    for (const call of calls.slice(0, 5)) call.leave()
    await calls[0]?.answer(answered({ model: 'grok' }))
    await calls[1]?.answer(answered())
    await calls[2]?.answer({ kind: 'aborted' })
    await calls[3]?.answer({ kind: 'transient', reason: 'timeout', detail: '', unanswered: true })
    await calls[4]?.answer(outage)
    // These did not leave.
    await calls[5]?.answer({ kind: 'transient', reason: 'network', detail: '', unanswered: true })
    await calls[6]?.answer({ kind: 'aborted' })
    expect([money.begun(), money.ended]).toEqual([
      7,
      ['0: 2 answered by grok', '1: 2 answered by null', '2: in doubt', '3: in doubt', '4: free', '5: free', '6: free'],
    ])
  })

  test('a probe is not claimed, or is given back, while it could not be paid', async () => {
    const { addMany, calls, slots, money, runner, cooldown, pass } = create()
    addMany(2)
    await pass(0)
    await calls[0]?.answer(outage)
    money.set.waitMs = 60_000
    await pass(30_000)
    expect([cooldown.reason(), cooldown.held()?.probe]).toEqual(['unavailable', null])
    slots.set.mine = false
    money.set.waitMs = 0
    runner.recheck()
    await pass(0)
    expect(cooldown.held()?.probe).toMatchObject({ member: 'm' })
    money.set.waitMs = 60_000
    runner.recheck()
    await pass(0)
    expect(cooldown.held()?.probe).toBeNull()
  })
})

describe('the end', () => {
  test('of a lost partition nothing more is sent, and nothing of it comes back', async () => {
    const { runner, add, sent, calls, ended, pass } = create({ limit: 1 })
    const lost = owned(1)
    for (let offset = 0; offset < 4; offset++) add(offset, { owned: lost })
    add(9)
    await pass(0)
    expect(sent()).toEqual([[0, 9]])
    lost.lose()
    expect(offsets(runner.drop((one) => one.owned.lost.aborted))).toEqual([1, 2, 3])
    await calls[0]?.answer({ kind: 'transient', reason: 'timeout', detail: '', unanswered: true })
    await pass(60_000)
    expect([ended, sent().slice(1)]).toEqual([[0], [[9]]])
  })

  test('a drain starts nothing, waits for what is in flight and gives it up at the deadline', async () => {
    const { runner, addMany, sent, calls, pass } = create({ limit: 2 })
    addMany(6)
    await pass(100)
    let drained = false
    const draining = runner.drain(2_000).then(() => (drained = true))
    await calls[0]?.answer(answered())
    await pass(1_999)
    expect(drained).toBe(false)
    expect(calls[1]?.signal.aborted).toBe(false)
    await pass(1)
    expect(calls[1]?.signal.aborted).toBe(true)
    await calls[1]?.answer({ kind: 'aborted' })
    await draining
    expect(sent()).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a drain that comes while a slot is entered starts nothing in it', async () => {
    const { runner, addMany, sent, pass, waiting } = create()
    addMany(2)
    await runner.drain(2_000)
    await pass(1_000)
    expect([sent(), waiting()]).toEqual([[], 2])
  })

  test('(I8) idle, it holds no timer', async () => {
    const { add, calls, pass } = create()
    add(1)
    await pass(1_000)
    await calls[0]?.answer(answered())
    expect(vi.getTimerCount()).toBe(0)
  })
})
