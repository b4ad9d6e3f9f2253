import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addCall } from './add-call.ts'
import type { Usage } from '../../provider/divide-usage.ts'
import { decodeSignal } from '../decode-signal.ts'
import { encodeSpending, spendingKey, type Spending } from '../signals.ts'
import { createLedgerSum, NOTHING } from './ledger-sum.ts'

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
          const sums = createLedgerSum({ own: 'own' })
          for (const { day, member, spending } of shuffled) {
            sums.put(day, member, spending)
            sums.sum(day) // what was asked before must not stay
          }
          for (const day of DAYS) {
            const ofDay = members.filter((member) => member.day === day).map((member) => member.life)
            const sum = sums.sum(day)
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
    const sums = createLedgerSum({ own: 'own' })
    sums.put('d', 'a', { ...addCall(addCall(NOTHING, 'x', usage(5, 10)), 'y', usage(7, 20)), revision: 1 })
    sums.put('d', 'b', { ...addCall(NOTHING, 'x', usage(1, 100)), revision: 1, unanswered: 4 })
    expect(Object.fromEntries(sums.sum('d').models)).toEqual({
      x: {
        calls: 2,
        usage: { prompt_tokens: 110, cached_tokens: 2, completion_tokens: 4, reasoning_tokens: 6, cost_usd_ticks: 6 },
      },
      y: { calls: 1, usage: usage(7, 20) },
    })
    expect(sums.sum('d')).toMatchObject({ cost: 13, unanswered: 4, reserved: 0 })
  })

  test('what is forgotten counts no longer; on a day that is not known, nothing is spent', () => {
    const sums = createLedgerSum({ own: 'own' })
    sums.put('d', 'a', { ...NOTHING, revision: 3, unanswered: 4 })
    expect(sums.keys(() => true, 9)).toEqual([{ day: 'd', member: 'a' }])
    sums.forget('d', 'a')
    sums.forget('d', 'never seen')
    expect([sums.sum('d').unanswered, sums.sum('other').cost, sums.keys(() => true, 9)]).toEqual([0, 0, []])
    expect(sums.of('d', 'a')).toEqual(NOTHING)
  })

  test('(I8) members that never were cannot make it grow: the oldest days go, and a day that is not whole says so', () => {
    const record = fc.record({
      day: fc.constantFrom('a', 'b', 'c'),
      member: fc.nat(30),
      models: fc.nat(4),
      revision: fc.nat(5),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 80 }), (records) => {
        const bounded = createLedgerSum({ own: '7', maxLines: 20 })
        const endless = createLedgerSum({ own: '7' })
        for (const { day, member, models, revision } of records) {
          const lines = Array.from({ length: models }, (_, i) => ({ model: `m${i}`, calls: 1, usage: usage(revision) }))
          const spending = { revision: revision + 1, models: lines, unanswered: 1, reserved: 0 }
          for (const sums of [bounded, endless]) sums.put(day, String(member), spending)
          const kept = bounded.keys(() => true, 1_000).filter((key) => key.member !== '7')
          const held = kept.reduce((sum, key) => sum + bounded.of(key.day, key.member).models.length + 1, 0)
          expect(held).toBeLessThanOrEqual(20)
          expect(bounded.of(day, '7')).toEqual(endless.of(day, '7'))
          const whole = ['a', 'b', 'c'].filter(bounded.isComplete)
          expect(whole.map(bounded.sum)).toEqual(whole.map(endless.sum))
        }
      }),
    )
  })

  test('(I8) the day that comes is whole again after one that was flooded', () => {
    const sums = createLedgerSum({ own: 'own', maxLines: 10 })
    const one = { ...NOTHING, revision: 1, unanswered: 1 }
    for (let i = 0; i < 100; i++) sums.put('2026-01-01', `m${i}`, one)
    sums.put('2026-01-02', 'a', one)
    expect([sums.isComplete('2026-01-01'), sums.isComplete('2026-01-02')]).toEqual([false, true])
    expect(sums.sum('2026-01-02').unanswered).toBe(1)
  })

  test('(I8) models that no analyzer asked for are one line of the sum: each would be a series of the metrics', () => {
    const sums = createLedgerSum({ own: 'own' })
    for (let i = 0; i < 1_000; i++) sums.put('d', `m${i}`, { ...addCall(NOTHING, `model ${i}`, usage(1)), revision: 1 })
    expect([sums.sum('d').models.size, sums.sum('d').cost]).toEqual([101, 1_000])
    for (let i = 0; i < 1_000; i++) sums.forget('d', `m${i}`)
    expect(sums.keys(() => true, 9)).toEqual([])
  })

  test('(I8) a server that gives its model another name in each answer cannot make the record grow', () => {
    let spending = NOTHING
    for (let i = 0; i < 1_000; i++) spending = addCall(spending, `model-${i}-${'\0'.repeat(300)}`, usage(1))
    expect(spending.models.length).toBeLessThan(30)
    expect(spending.models.reduce((sum, { usage }) => sum + usage.cost_usd_ticks, 0)).toBe(1_000)
    const read = decodeSignal(Buffer.from(spendingKey('2026-05-10', 'a')), encodeSpending({ ...spending, revision: 1 }))
    expect(read.kind).toBe('spending')
  })
})
