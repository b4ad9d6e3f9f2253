import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Usage } from './divide-usage.ts'
import type { Spending } from './signals.ts'
import { addCall, createLedger, NOTHING } from './sum-spending.ts'

const usage = (ticks: number, prompt = 0): Usage => ({
  prompt_tokens: prompt,
  cached_tokens: 1,
  completion_tokens: 2,
  reasoning_tokens: 3,
  cost_usd_ticks: ticks,
})
const DAYS = ['2026-01-01', '2026-01-02'] as const

/** A member's life on a day: what it said after each of its calls. */
const life = fc
  .array(fc.record({ model: fc.constantFrom('a', 'b', '__proto__'), ticks: fc.nat(1e12), reserved: fc.nat(1e9) }), {
    maxLength: 6,
  })
  .map((calls) =>
    calls.reduce<{ ticks: number; said: Spending[] }>(
      ({ ticks, said }, call, i) => {
        const before = said.at(-1) ?? NOTHING
        const next = { ...addCall(before, call.model, usage(call.ticks)), revision: i + 1, reserved: call.reserved }
        return { ticks: ticks + call.ticks, said: [...said, next] }
      },
      { ticks: 0, said: [] },
    ),
  )

describe('what all members have spent', () => {
  test('is exact, and nothing is counted twice, in whatever order and however often records are read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ day: fc.constantFrom(...DAYS), life }), { maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (members, random) => {
          const order = random[Symbol.iterator]()
          const draw = () => order.next().value ?? 0
          const records = members.flatMap(({ day, life: { said } }, i) =>
            said.map((spending) => ({ day, member: `m${i}`, spending })),
          )
          const shuffled = [...records, ...records.filter(() => draw() % 2 === 0)].toSorted(() => (draw() % 3) - 1)
          const ledger = createLedger()
          for (const { day, member, spending } of shuffled) {
            ledger.put(day, member, spending)
            ledger.sum(day) // what was asked before must not stay
          }
          for (const day of DAYS) {
            const ofDay = members.filter((member) => member.day === day).map((member) => member.life)
            const sum = ledger.sum(day)
            expect(sum.cost).toBe(ofDay.reduce((total, { ticks }) => total + ticks, 0))
            expect(sum.reserved).toBe(ofDay.reduce((total, { said }) => total + (said.at(-1)?.reserved ?? 0), 0))
            const calls = [...sum.models.values()].reduce((total, model) => total + model.calls, 0)
            expect(calls).toBe(ofDay.reduce((total, { said }) => total + said.length, 0))
          }
        },
      ),
    )
  })

  test('tokens are added by kind, and models are told apart', () => {
    const ledger = createLedger()
    ledger.put('d', 'a', { ...addCall(addCall(NOTHING, 'x', usage(5, 10)), 'y', usage(7, 20)), revision: 1 })
    ledger.put('d', 'b', { ...addCall(NOTHING, 'x', usage(1, 100)), revision: 1, unanswered: 4 })
    expect(Object.fromEntries(ledger.sum('d').models)).toEqual({
      x: {
        calls: 2,
        usage: { prompt_tokens: 110, cached_tokens: 2, completion_tokens: 4, reasoning_tokens: 6, cost_usd_ticks: 6 },
      },
      y: { calls: 1, usage: usage(7, 20) },
    })
    expect(ledger.sum('d')).toMatchObject({ cost: 13, unanswered: 4, reserved: 0 })
  })

  test('what is forgotten counts no longer; of a day that nobody knows, nothing is spent', () => {
    const ledger = createLedger()
    ledger.put('d', 'a', { ...NOTHING, revision: 3, unanswered: 4 })
    expect(ledger.keys()).toEqual([{ day: 'd', member: 'a' }])
    ledger.forget('d', 'a')
    ledger.forget('d', 'never seen')
    expect([ledger.sum('d').unanswered, ledger.sum('other').cost, ledger.keys()]).toEqual([0, 0, []])
    expect(ledger.of('d', 'a')).toEqual(NOTHING)
  })

  test('(I8) a server that gives its model another name in each answer cannot make the record grow', () => {
    let spending = NOTHING
    for (let i = 0; i < 1_000; i++) spending = addCall(spending, `model-${i}`, usage(1))
    expect(spending.models.length).toBeLessThan(30)
    expect(spending.models.reduce((sum, { usage }) => sum + usage.cost_usd_ticks, 0)).toBe(1_000)
    expect(JSON.stringify(spending).length).toBeLessThan(10_000)
  })
})
