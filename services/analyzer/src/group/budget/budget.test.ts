import { Writable } from 'node:stream'
import { createLogger } from '@insights/runtime/logger'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Usage } from '../../provider/divide-usage.ts'
import { TICKS_PER_USD } from '@insights/pipeline/estimate/estimate-cost'
import { createBudget, type Budget, type Payment } from './budget.ts'
import { createLedgerLog, type Fate } from './ledger-log.fixture.ts'

const NOON = Date.parse('2026-05-10T12:00:00Z')
const HOUR_MS = 60 * 60 * 1000
beforeEach(() => void vi.useFakeTimers({ now: NOON }))
afterEach(() => void vi.useRealTimers())

const usage = (cost_usd_ticks: number): Usage => ({
  prompt_tokens: 900,
  cached_tokens: 100,
  completion_tokens: 50,
  reasoning_tokens: 0,
  cost_usd_ticks,
})
const works = [{ tokens: 100 }]
const today = () => new Date(Date.now()).toISOString().slice(0, 10)

/** Members of a group; budgets and costs in ticks. */
function createGroup({ budget = null as number | null, guess = 100 } = {}) {
  const log = createLedgerLog()
  const lines: { level: string; msg: string; detail?: string }[] = []
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as (typeof lines)[0])
      done()
    },
  })
  function join(own: number | null = budget) {
    const place = log.join()
    let changes = 0
    const money: Budget = createBudget({
      ...place.options,
      model: 'asked',
      budgetUsd: own === null ? null : own / TICKS_PER_USD,
      callsPerSecond: 10,
      guessTicks: guess,
      onChange: () => changes++,
      log: createLogger({ service: 'test', level: 'info', destination: stream }),
    })
    place.reads(money.receive)
    const call = (ticks: number) => money.answered(money.begin(), { model: 'grok', usage: usage(ticks), works })
    return { ...place, ...money, call, changes: () => changes }
  }
  /** One that has read everything. */
  const joinReady = (own?: number | null) => {
    const one = join(own)
    one.read()
    return one
  }
  const said = (text: string) => lines.filter(({ msg }) => msg.includes(text)).length
  return { ...log, join, joinReady, lines, said }
}

describe('a budget', () => {
  test('holds calls when what is spent, reserved and expected is more, and says so with the figures', () => {
    const { joinReady, said } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(300)
    one.call(300)
    expect([one.waitMs(), one.held(), one.usedRatio()]).toEqual([0, null, 0.6])
    const [first] = [one.begin()]
    // 600 are spent, 300 reserved: another 300 do not fit. One is under way, so it is no pause yet.
    expect([one.waitMs() > 0, one.held(), one.mayLeave(first)]).toEqual([true, null, true])
    one.answered(first, { model: 'grok', usage: usage(100), works })
    expect([one.waitMs(), said('calls are held')]).toEqual([0, 0])
    one.call(300)
    expect(one.waitMs()).toBeGreaterThan(0)
    expect(one.held()).toMatch(/0\.0000 of 0\.0000 US dollars are used on 2026-05-10.*midnight.*DAILY_BUDGET_USD/)
    expect([one.usedRatio(), said('calls are held')]).toEqual([1, 1])
  })

  test('(I8) holds calls, and says what to look for, when there are more members than memory: the sum would be too small', () => {
    const { joinReady } = createGroup({ budget: 1_000 })
    const one = joinReady()
    const nothing = { revision: 1, models: [], unanswered: 0, reserved: 0 }
    const payment = one.begin()
    for (let i = 0; i < 100_000; i++) one.receive({ day: today(), member: `f${i}`, spending: nothing }, Date.now())
    expect([one.waitMs() > 0, one.mayLeave(payment)]).toEqual([true, false])
    expect(one.held()).toMatch(/analyzer\.signals holds what more analyzers spent than there is memory for.*2026-05-10/)
    one.read()
    vi.setSystemTime(Date.now() + 24 * HOUR_MS)
    expect([one.waitMs(), one.held()]).toEqual([0, null])
  })

  test('is none when it is not set: everything is counted and nothing held back, also while the time is unknown', () => {
    const { join, joinReady } = createGroup()
    const stranger = join()
    expect([stranger.waitMs(), stranger.held(), stranger.spentToday(), stranger.usedRatio()]).toEqual([
      0,
      null,
      null,
      null,
    ])
    const one = joinReady()
    const payment = one.begin()
    one.loseClock()
    expect([one.waitMs(), one.mayLeave(payment)]).toEqual([0, true])
    one.answered(payment, { model: 'grok', usage: usage(1e15), works })
    one.answered(one.begin(), { model: 'grok', usage: null, works })
    expect([one.waitMs(), one.held(), one.usedRatio(), one.spentToday()?.cost]).toEqual([0, null, null, 1e15])
  })

  test('lets no call go while the time is unknown, not even one that was begun', () => {
    const { join, said } = createGroup({ budget: 1_000 })
    const one = join()
    expect(one.waitMs()).toBeGreaterThan(0)
    expect(one.held()).toBeNull()
    expect(() => one.begin()).toThrow('before the time is known')
    one.read()
    expect(one.waitMs()).toBe(0)
    const payment = one.begin()
    expect(one.mayLeave(payment)).toBe(true)
    one.loseClock()
    expect([one.waitMs() > 0, one.mayLeave(payment), said('held')]).toEqual([true, false, 0])
    one.unanswered(payment, { mayBeCharged: false })
    one.read()
    expect([one.waitMs(), one.spentToday()]).toMatchObject([0, { cost: 0, reserved: 0, unanswered: 0 }])
  })

  test('before any call was made one may leave, however dear the guess: only it can tell what a call costs', () => {
    const { joinReady } = createGroup({ budget: 50, guess: 1e9 })
    const one = joinReady()
    expect(one.waitMs()).toBe(0)
    const payment = one.begin()
    expect([one.waitMs() > 0, one.mayLeave(payment)]).toEqual([true, true])
    one.answered(payment, { model: 'grok', usage: usage(2), works })
    expect(one.waitMs()).toBe(0)
  })

  test('at midnight UTC of the broker calls go on by themselves, and the day is another one', async () => {
    const { joinReady, said, pass } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(1_000)
    expect([one.waitMs(), said('calls are held')]).toEqual([60_000, 1])
    await pass(1_000)
    one.read()
    await pass(12 * HOUR_MS - 1_005)
    expect(one.waitMs()).toBe(5)
    await pass(4)
    expect(one.held()).not.toBeNull()
    await pass(1)
    expect([one.waitMs(), one.held(), one.usedRatio(), said('go on')]).toEqual([0, null, 0, 1])
    // What a call costs was learned yesterday.
    expect(one.begin().ticks).toBe(1_000)
  })

  test('a call counts on the day of its beginning, whenever its answer comes', async () => {
    const { joinReady, newest, pass } = createGroup({ budget: 1_000 })
    await pass(12 * HOUR_MS - 1)
    const one = joinReady()
    const late = one.begin()
    await pass(1)
    one.answered(late, { model: 'grok', usage: usage(700), works })
    expect(one.usedRatio()).toBe(0)
    one.call(40)
    await pass(2_000)
    const costs = [...newest().values()].map(({ day, spending }) => [day, spending?.models[0]?.usage.cost_usd_ticks])
    expect(costs).toEqual([
      ['2026-05-10', 700],
      ['2026-05-11', 40],
    ])
  })

  test('is warned of at 80 %, once a day', async () => {
    const { joinReady, said, pass } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(799)
    expect(said('nearly used up')).toBe(0)
    one.call(1)
    one.call(10)
    expect(said('nearly used up')).toBe(1)
    await pass(24 * HOUR_MS)
    one.refresh()
    expect(said('nearly used up')).toBe(1)
    one.call(900)
    one.refresh()
    expect(said('nearly used up')).toBe(2)
  })

  test('what was asked and never answered counts against it, apart from the cost, when it may have been charged', () => {
    const { joinReady } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(300)
    one.unanswered(one.begin(), { mayBeCharged: true })
    one.unanswered(one.begin(), { mayBeCharged: false })
    expect(one.spentToday()).toMatchObject({ cost: 300, unanswered: 300, reserved: 0 })
    expect(one.usedRatio()).toBe(0.6)
  })

  test('a server that names no price, or nothing at all, is priced by the list, and the log says so once', () => {
    const { joinReady, said } = createGroup({ budget: 1e12 })
    const one = joinReady()
    one.answered(one.begin(), { model: 'grok-4.3', usage: usage(0), works })
    expect(one.spentToday()?.cost).toBe(800 * 12_500 + 100 * 2_000 + 50 * 25_000)
    const before = one.spentToday()?.cost ?? 0
    const nothing = { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 }
    one.answered(one.begin(), { model: null, usage: nothing, works })
    const guessed = (one.spentToday()?.cost ?? 0) - before
    expect(guessed).toBeGreaterThan(0)
    one.answered(one.begin(), { model: null, usage: null, works })
    expect(one.spentToday()?.cost).toBe(before + 2 * guessed)
    // An estimate of money is no count of tokens.
    expect(one.spentToday()?.models.get('asked')).toMatchObject({ calls: 2, usage: { prompt_tokens: 0 } })
    expect(said('estimated')).toBe(1)
  })

  test('of two models the dearer one says what a call is expected to cost', () => {
    const { joinReady } = createGroup({ budget: 10_000 })
    const one = joinReady()
    for (const [model, ticks] of [
      ['a', 10],
      ['a', 21],
      ['b', 100],
    ] as const)
      one.answered(one.begin(), { model, usage: usage(ticks), works })
    expect(one.begin().ticks).toBe(100)
  })
})

describe('a budget of a group', () => {
  test('what one spends holds the others; when it costs less than expected they go on, and are told', async () => {
    const { joinReady, pass } = createGroup({ budget: 1_000 })
    const [one, other] = [joinReady(), joinReady()]
    one.call(400)
    await pass(1_000)
    const payment = one.begin()
    await pass(1_000)
    other.read()
    const mine = other.begin()
    // 400 + 400 + 400: the first one's call is known, so this one may not leave after all.
    expect([other.mayLeave(mine), other.waitMs() > 0]).toEqual([false, true])
    other.unanswered(mine, { mayBeCharged: false })
    const before = other.changes()
    one.answered(payment, { model: 'grok', usage: usage(10), works })
    await pass(1_000)
    other.read()
    expect([other.waitMs(), other.changes() - before]).toEqual([0, 1])
  })

  test('a restart finds it used up as before; with a larger one it goes on at once', async () => {
    const { joinReady, join, pass } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(999)
    await pass(1_000)
    await one.stop()
    const again = join()
    expect(again.waitMs()).toBeGreaterThan(0)
    again.read()
    expect([again.held(), again.usedRatio()]).toEqual([expect.stringContaining('used on'), 0.999])
    await again.stop()
    const larger = joinReady(10_000)
    expect([larger.waitMs(), larger.held(), larger.usedRatio()]).toEqual([0, null, 0.0999])
  })

  test('what a killed member had in flight stays reserved until midnight, for it was probably charged', async () => {
    const { joinReady, pass } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(200)
    await pass(1_000)
    for (let i = 0; i < 4; i++) one.begin()
    await pass(1_000)
    one.kill()
    const other = joinReady()
    expect([other.spentToday()?.reserved, other.usedRatio()]).toEqual([800, 0.2])
    expect([other.waitMs() > 0, other.held()]).toEqual([true, expect.stringContaining('0.0000 of 0.0000')])
    await pass(12 * HOUR_MS)
    expect(other.waitMs()).toBe(0)
  })

  test('fail closed: when what was written does not come back, calls are held until it does', async () => {
    const { joinReady, set, pass, said } = createGroup({ budget: 1e9 })
    const one = joinReady()
    set.fate = 'lost'
    const payment = one.begin()
    await pass(10_001)
    expect([one.waitMs() > 0, one.mayLeave(payment)]).toEqual([true, false])
    expect([one.held(), said('calls are held')]).toEqual([expect.stringContaining('not read back for 10 s'), 1])
    set.fate = 'kept'
    await pass(5_000)
    one.read()
    expect([one.waitMs(), one.mayLeave(payment), one.held(), one.changes() > 0]).toEqual([0, true, null, true])
  })

  test('while much is left a member writes once a second, when little is left ten times', async () => {
    for (const [budget, atMost, atLeast] of [
      [1e9, 11, 9],
      [2_000, 101, 90],
    ] as const) {
      const { joinReady, records, pass } = createGroup({ budget })
      const one = joinReady()
      for (let ms = 0; ms < 10_000; ms += 200) {
        const payment = one.begin()
        await pass(150)
        one.answered(payment, { model: 'grok', usage: usage(39), works })
        await pass(50)
        one.read()
      }
      expect(records.length).toBeLessThanOrEqual(atMost)
      expect(records.length).toBeGreaterThanOrEqual(atLeast)
    }
  })

  test('a stop writes the last state', async () => {
    const { joinReady, pass } = createGroup({ budget: 1_000 })
    const one = joinReady()
    one.call(1)
    one.call(2)
    one.call(4)
    const stopping = one.stop()
    await pass(0)
    await stopping
    expect(joinReady().spentToday()).toMatchObject({ cost: 7, reserved: 0 })
  })
})

/** What may happen, drawn as numbers: which member, what, and how much of it. */
const step = fc.record({ who: fc.nat(2), what: fc.nat(10), size: fc.nat(1_000) })
const FATES: Fate[] = ['kept', 'kept', 'lost', 'silent']

describe('whatever happens', () => {
  test('the sum is exact: any order of reading, repeated records, refusals, restarts, kills and changes of day', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        vi.setSystemTime(NOON)
        const { joinReady, records, set, newest, pass } = createGroup({ budget: 1e6 })
        const members = Array.from({ length: 3 }, () => ({ one: joinReady(), calls: [] as Payment[] }))
        /** By day and member, what was really charged. */
        const charged = new Map<string, number>()
        const charge = (day: string, member: string, ticks: number) =>
          charged.set(`${day}/${member}`, (charged.get(`${day}/${member}`) ?? 0) + ticks)
        const costOf = (key: string) =>
          newest()
            .get(key)
            ?.spending?.models.reduce((sum, model) => sum + model.usage.cost_usd_ticks, 0) ?? 0

        for (const { who, what, size } of steps) {
          const place = members[who] as (typeof members)[0]
          const { one, calls } = place
          const payment = calls[size % Math.max(1, calls.length)]
          if (what <= 2 && one.waitMs() === 0) calls.push(one.begin())
          else if (what <= 5 && payment !== undefined) {
            calls.splice(calls.indexOf(payment), 1)
            if (size % 5 === 0) one.unanswered(payment, { mayBeCharged: size % 2 === 0 })
            else {
              one.answered(payment, { model: `grok-${size % 3}`, usage: usage(size), works })
              charge(payment.day, one.member, size)
            }
          } else if (what === 6) one.read(size % 4)
          else if (what === 7) one.rewind(size % (records.length + 1))
          else if (what === 8) await pass(size % 10 === 0 ? size * 30_000 : size * 3)
          else if (what === 9) set.fate = FATES[size % FATES.length] ?? 'kept'
          else if (size % 2 === 0) {
            one.kill()
            // What it had not told is lost, and nothing else is.
            for (const key of charged.keys()) if (key.endsWith(`/${one.member}`)) charged.set(key, costOf(key))
            members[who] = { one: joinReady(), calls: [] }
          } else {
            set.fate = 'kept'
            for (const left of calls) one.unanswered(left, { mayBeCharged: false })
            const stopping = one.stop()
            await pass(3_000)
            await stopping
            members[who] = { one: joinReady(), calls: [] }
          }
        }

        set.fate = 'kept'
        for (let round = 0; round < 3; round++) {
          for (const { one } of members) {
            one.read()
            one.refresh()
          }
          await pass(10_000)
        }
        for (const { one } of members) one.read()
        const yesterday = new Date(Date.now() - 24 * HOUR_MS).toISOString().slice(0, 10)
        const lately = [...charged].filter(([key]) => key >= yesterday)
        expect(lately.map(([key]) => [key, costOf(key)])).toEqual(lately)
        const total = [...charged].reduce((sum, [key, ticks]) => sum + (key.startsWith(today()) ? ticks : 0), 0)
        for (const { one } of members) expect(one.spentToday()?.cost).toBe(total)
        for (const { day, spending } of newest().values()) expect(spending === null).toBe(day < yesterday)
      }),
      { numRuns: 300 },
    )
  })

  test('a call may leave exactly when what is charged, in doubt, reserved and expected fits', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 20_000 }), (steps, budget) => {
        vi.setSystemTime(NOON)
        const one = createGroup({ budget, guess: 700 }).joinReady()
        let [cost, count, doubt] = [0, 0, 0]
        const calls: Payment[] = []
        for (const { what, size } of steps) {
          const expected = count === 0 ? Math.min(700, budget) : Math.ceil(cost / count)
          const needed = cost + doubt + calls.reduce((sum, { ticks }) => sum + ticks, 0)
          const fits = needed + expected <= budget
          expect([one.waitMs() === 0, one.held() !== null]).toEqual([fits, !fits && calls.length === 0])
          expect(calls.map(one.mayLeave)).toEqual(calls.map(() => needed <= budget))
          if (fits && what < 7) calls.push(one.begin())
          const payment = fits && what < 7 ? undefined : calls.shift()
          if (payment === undefined) continue
          if (size % 4 === 0) {
            one.unanswered(payment, { mayBeCharged: true })
            doubt += payment.ticks
          } else {
            one.answered(payment, { model: 'grok', usage: usage(size), works })
            cost += size
            count++
          }
        }
      }),
    )
  })

  test('calls of one price never cost more than the budget, over all members, and use all of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 50, max: 500 }),
        async (steps, price, budget) => {
          vi.setSystemTime(NOON)
          const { joinReady, pass } = createGroup({ budget, guess: 50 })
          const members = Array.from({ length: 3 }, () => ({ one: joinReady(), calls: [] as Payment[] }))
          const tellAll = async () => {
            await pass(1_000)
            for (const { one } of members) one.read()
          }
          let cost = 0
          const end = ({ one, calls }: (typeof members)[0]) => {
            const payment = calls.shift()
            if (payment === undefined) return
            one.answered(payment, { model: 'grok', usage: usage(price), works })
            cost += price
          }
          const begin = ({ one, calls }: (typeof members)[0]) => {
            if (one.waitMs() === 0) calls.push(one.begin())
          }
          for (const { who, what } of steps) {
            const place = members[who] as (typeof members)[0]
            if (what < 6) begin(place)
            else end(place)
            await tellAll()
          }
          for (let i = 0; i < 600 && members.some(({ one, calls }) => calls.length > 0 || one.waitMs() === 0); i++) {
            for (const place of members) {
              end(place)
              await tellAll()
              begin(place)
              await tellAll()
            }
          }
          expect(cost).toBeLessThanOrEqual(budget)
          expect(cost).toBeGreaterThan(budget - price)
          for (const { one } of members) expect(one.held()).not.toBeNull()
        },
      ),
      { numRuns: 50 },
    )
  })
})
