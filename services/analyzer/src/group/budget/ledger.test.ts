import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BEHIND_MS, createLedger } from './ledger.ts'
import { createLedgerLog } from './ledger-log.fixture.ts'

const NOON = Date.parse('2026-05-10T12:00:00Z')
const DAY_MS = 24 * 60 * 60 * 1000
beforeEach(() => void vi.useFakeTimers({ now: NOON }))
afterEach(() => void vi.useRealTimers())

function create(log = createLedgerLog()) {
  const join = () => {
    const place = log.join()
    const ledger = createLedger({ ...place.options, restMs: () => 1_000 })
    place.reads(ledger.receive)
    const add = (day: string, ticks: number) =>
      ledger.change(day, (own) => ({ ...own, unanswered: own.unanswered + ticks }))
    return { ...place, ...ledger, add }
  }
  return { ...log, join }
}
const days = (records: Iterable<{ day: string; spending: unknown }>) =>
  [...records].map(({ day, spending }) => (spending === null ? `-${day}` : day))

describe('what is spent, by day and member', () => {
  test('is what the log says: a member that starts again knows all that was acknowledged, and adds to it under a key of its own', async () => {
    const { join, records } = create()
    const first = join()
    first.read()
    first.add('2026-05-10', 5)
    first.kill()
    const second = join()
    expect(second.today()).toBeNull()
    second.read()
    expect([second.today(), second.sum('2026-05-10').unanswered]).toEqual(['2026-05-10', 5])
    second.add('2026-05-10', 2)
    second.read()
    second.rewind(0)
    second.read()
    expect(second.sum('2026-05-10').unanswered).toBe(7)
    expect(new Set(records.map(({ member }) => member)).size).toBe(2)
  })

  test('(I8) days before yesterday are deleted at a start and at midnight, by a member that sees them, and not twice', async () => {
    const { join, records, newest, pass } = create()
    const first = join()
    first.read()
    first.today()
    for (const day of ['2026-05-07', '2026-05-08', '2026-05-09', '2026-05-10']) first.add(day, 1)
    await pass(2_000)
    first.read()
    const second = join()
    second.read()
    for (const one of [first, second]) {
      one.today()
      one.tidy()
    }
    await pass(2_000)
    for (const one of [first, second]) one.read()
    expect(days(newest().values()).toSorted()).toEqual(['-2026-05-07', '-2026-05-08', '2026-05-09', '2026-05-10'])
    await pass(DAY_MS)
    second.today()
    second.tidy()
    await pass(2_000)
    first.read()
    const before = records.length
    for (const one of [first, second, join()]) {
      one.read()
      one.today()
      one.tidy()
    }
    await pass(10_000)
    expect(records.length).toBe(before)
    expect(days(newest().values()).filter((day) => !day.startsWith('-'))).toEqual(['2026-05-10'])
  })

  test('(I8) hundreds of runs of a process that dies and dies are cleared away in a few requests', async () => {
    const { join, records, newest, pass } = create()
    for (let i = 0; i < 250; i++) {
      const one = join()
      one.read()
      one.add('2026-05-10', 1)
      one.kill()
    }
    await pass(2 * DAY_MS)
    const last = join()
    last.read()
    last.today()
    last.tidy()
    await pass(1_000)
    expect(records.length).toBe(250 + 200)
    await pass(5_000)
    expect([...newest().values()].every(({ spending }) => spending === null)).toBe(true)
  })

  test('(I8) a record of a day to come is not believed and is deleted, also by a member that starts when that day has come', async () => {
    const { join, records, newest, pass } = create()
    const [liar, one] = [join(), join()]
    for (const member of [liar, one]) member.read()
    for (const day of ['2026-05-11', '2026-05-12', '9999-12-31']) liar.add(day, 1_000)
    await pass(2_000)
    one.read()
    expect(['2026-05-11', '9999-12-31'].map((day) => one.sum(day).unanswered)).toEqual([0, 0])
    await pass(12 * 60 * 60 * 1000)
    const late = join()
    late.read()
    expect([late.today(), late.sum('2026-05-11').unanswered]).toEqual(['2026-05-11', 0])
    late.tidy()
    await pass(2_000)
    for (const member of [liar, one, late]) member.read()
    expect([...newest().values()].map(({ spending }) => spending)).toEqual([null, null, null])
    const before = records.length
    for (const member of [liar, one, late]) member.tidy()
    await pass(10_000)
    expect(records.length).toBe(before)
  })

  test('a member whose clock is some seconds ahead at midnight loses nothing that it wrote of the new day', async () => {
    vi.setSystemTime(Date.parse('2026-05-10T23:59:57Z'))
    const { join, newest, pass } = create()
    const [ahead, one] = [join(), join()]
    for (const member of [ahead, one]) member.read()
    ahead.add('2026-05-11', 5)
    await pass(2_000)
    for (const member of [ahead, one]) {
      member.read()
      member.tidy()
    }
    await pass(5_000)
    expect([one.today(), one.sum('2026-05-11').unanswered]).toEqual(['2026-05-11', 5])
    expect(days(newest().values())).toEqual(['2026-05-11'])
  })

  test('what a member wrote while the broker’s clock was a day ahead is deleted, and holds it up no longer than that', async () => {
    const { join, newest, pass } = create()
    const one = join()
    one.read()
    vi.setSystemTime(NOON + DAY_MS)
    one.add('2026-05-11', 5)
    await pass(2_000)
    one.read()
    vi.setSystemTime(NOON)
    one.add('2026-05-11', 5)
    one.tidy()
    await pass(BEHIND_MS + 1)
    one.read()
    one.tidy()
    await pass(5_000)
    expect([one.isBehind(), one.sum('2026-05-11').unanswered]).toEqual([false, 0])
    expect(days(newest().values())).toEqual(['-2026-05-11'])
  })

  test('a deletion by a member that believes in another day takes nothing from what the spender itself knows', () => {
    const { join } = create()
    const one = join()
    one.read()
    one.add('2026-05-10', 5)
    one.read()
    one.receive({ day: '2026-05-10', member: one.member, spending: null }, Date.now())
    one.add('2026-05-10', 1)
    expect(one.sum('2026-05-10').unanswered).toBe(6)
  })

  test('what does not come back is noticed, whether the broker refused it or the reader hangs, and noticed to be over', async () => {
    for (const fate of ['kept', 'lost', 'silent'] as const) {
      const { join, set, pass, records } = create()
      const one = join()
      one.read()
      set.fate = fate
      one.add('2026-05-10', 5)
      await pass(BEHIND_MS)
      expect(one.isBehind()).toBe(false)
      await pass(1)
      expect(one.isBehind()).toBe(true)
      set.fate = 'kept'
      // A record that was acknowledged and is gone all the same.
      if (fate === 'kept') records.splice(0)
      one.tidy()
      await pass(5_000)
      one.read()
      expect(one.isBehind()).toBe(false)
      one.tidy()
      await pass(60_000)
      expect(one.isBehind()).toBe(false)
    }
  })

  test('nothing is behind while changes come without end and each comes back in time', async () => {
    const { join, pass } = create()
    const one = join()
    one.read()
    for (let second = 0; second < 60; second++) {
      one.add('2026-05-10', 1)
      await pass(500)
      one.read()
      expect(one.isBehind()).toBe(false)
    }
  })

  describe('is not taken from a forged record', () => {
    const forged = (unanswered: number, revision: number) => ({ revision, models: [], unanswered, reserved: 0 })

    test.each([
      ['a smaller figure', forged(0, 7)],
      ['a figure from far ahead', forged(0, 2 ** 53 - 1)],
      ['a deletion', null],
    ])(
      '%s under the key of a member that runs: it knows its own, and writes it again for the others',
      async (_, spending) => {
        const { join, records, pass } = create()
        const [one, other] = [join(), join()]
        for (const member of [one, other]) member.read()
        one.add('2026-05-10', 5)
        await pass(2_000)
        for (const member of [one, other]) member.read()
        records.push({ day: '2026-05-10', member: one.member, spending, appendedAt: Date.now() })
        for (const member of [one, other]) member.read()
        await pass(2_000)
        const late = join()
        // What compaction leaves: the newest record of the key.
        records.splice(0, records.length - 1)
        late.read()
        expect([one, late].map((member) => member.sum('2026-05-10').unanswered)).toEqual([5, 5])
        await pass(60_000)
        expect(records.length).toBe(1)
      },
    )

    test('a deletion of a day that is not over takes nothing from what another member has spent', async () => {
      const { join, records } = create()
      const [dead, one] = [join(), join()]
      for (const member of [dead, one]) member.read()
      dead.add('2026-05-10', 5)
      dead.kill()
      records.push({ day: '2026-05-10', member: dead.member, spending: null, appendedAt: Date.now() })
      one.read()
      expect(one.sum('2026-05-10').unanswered).toBe(5)
    })

    test('more changes than a member can have made', () => {
      const { join } = create()
      const one = join()
      one.read()
      one.receive({ day: '2026-05-10', member: 'x', spending: forged(1e12, 2 ** 53 - 1) }, Date.now())
      expect(one.sum('2026-05-10').unanswered).toBe(0)
    })
  })
})
