import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spending, cooldownSignal } from './any-signal.fixture.ts'
import { decodeSignal } from './decode-signal.ts'
import {
  CLOCK_KEY,
  encodeClock,
  encodeSpending,
  encodeCooldown,
  spendingKey,
  COOLDOWN_KEY,
  type Spending,
} from './signals.ts'

const key = Buffer.from(COOLDOWN_KEY)
const spendKey = Buffer.from(spendingKey('2026-05-10', 'a'))

describe('signals as records', () => {
  test('what one analyzer writes another one reads', () => {
    fc.assert(
      fc.property(cooldownSignal, (signal) => {
        const plain: unknown = JSON.parse(JSON.stringify(signal))
        expect(decodeSignal(key, encodeCooldown(signal))).toEqual({ kind: 'cooldown', signal: plain })
      }),
    )
    expect(decodeSignal(Buffer.from(CLOCK_KEY), encodeClock({ member: 'm1' }))).toEqual({ kind: 'clock', member: 'm1' })
    const day = '2026-05-10'
    fc.assert(
      fc.property(fc.uuid(), fc.option(spending), (member, known) => {
        const plain = JSON.parse(JSON.stringify(known)) as Spending | null
        const read = decodeSignal(Buffer.from(spendingKey(day, member)), encodeSpending(known))
        expect(read).toEqual({ kind: 'spending', signal: { day, member, spending: plain } })
      }),
    )
  })

  test('(I9) whatever else lies in the topic is told apart and never thrown', () => {
    for (const value of [null, '', 'null', '{', '{"member":"a","base":-1,"hold":null,"succeededAt":null}', '[]'])
      expect(decodeSignal(key, value === null ? null : Buffer.from(value)).kind).toBe('unreadable')
    // Only a record without a value is a deletion, and an amount that is none must not be added to the others.
    const none = { revision: 1, models: [], unanswered: 0, reserved: 0 }
    for (const value of ['', 'null', '{}', '[]', JSON.stringify({ ...none, reserved: -1 }), '{"reserved":1e999}'])
      expect(decodeSignal(Buffer.from(spendingKey('2026-05-10', 'a')), Buffer.from(value)).kind).toBe('unreadable')
    for (const other of ['spend/2026-05-10', 'spend/today/a', 'spend/2026-05-10/'])
      expect(decodeSignal(Buffer.from(other), encodeSpending(none)).kind).toBe('unreadable')
    for (const other of [null, Buffer.from('m1'), Buffer.alloc(0)])
      expect(decodeSignal(other, encodeClock({ member: 'm1' })).kind).toBe('unreadable')
  })

  test('(I8) what is larger than an analyzer writes is not parsed; a fault is told by its first place in few characters', () => {
    const faults = JSON.stringify({ revision: 1, models: Array.from({ length: 29_000 }, () => 0) })
    expect(decodeSignal(spendKey, Buffer.from(faults))).toEqual({
      kind: 'unreadable',
      reason: 'too large',
      detail: 'a value of 58025 bytes',
    })
    expect(decodeSignal(spendKey, Buffer.from(faults.slice(0, 20_000).replace(/.$/, ']}')))).toMatchObject({
      reason: 'breaks its contract',
      detail: 'too_big at /models',
    })
    const two = Buffer.from('{"revision":0,"models":[0,0],"unanswered":-1,"reserved":0}')
    expect(decodeSignal(spendKey, two)).toMatchObject({ detail: 'too_small at /revision' })
    expect(decodeSignal(Buffer.alloc(201, 'k'), null)).toMatchObject({ reason: 'too large' })
    expect(decodeSignal(key, Buffer.from('{'))).toEqual({ kind: 'unreadable', reason: 'not JSON', detail: '' })
  })

  test('(I8) names have bounds, and the largest record that an analyzer may write is read', () => {
    const usage = Object.fromEntries(
      ['prompt_tokens', 'cached_tokens', 'completion_tokens', 'reasoning_tokens', 'cost_usd_ticks'].map((name) => [
        name,
        Number.MAX_SAFE_INTEGER,
      ]),
    )
    const of = (models: number, characters: number) => {
      const model = { model: '\0'.repeat(characters), calls: Number.MAX_SAFE_INTEGER, usage }
      return Buffer.from(
        JSON.stringify({
          revision: 1,
          models: Array.from({ length: models }, () => model),
          unanswered: 0,
          reserved: 0,
        }),
      )
    }
    expect(decodeSignal(spendKey, of(21, 128)).kind).toBe('spending')
    expect(decodeSignal(spendKey, of(1, 129))).toMatchObject({ reason: 'breaks its contract' })
    expect(decodeSignal(spendKey, of(22, 1))).toMatchObject({ reason: 'breaks its contract' })
    expect(decodeSignal(Buffer.from(CLOCK_KEY), encodeClock({ member: 'm'.repeat(201) })).kind).toBe('unreadable')
  })

  test('a key that could not be written again as it is, and a day that no calendar has, are no spending', () => {
    const value = encodeSpending({ revision: 1, models: [], unanswered: 0, reserved: 0 })
    for (const other of ['spend/2026-02-30/a', 'spend/2026-99-99/a', 'spend/2026-05-10/a b', 'spend/2026-05-10/\u0301'])
      expect(decodeSignal(Buffer.from(other), value)).toMatchObject({ reason: 'unknown key' })
    expect(decodeSignal(Buffer.from([...spendKey, 0xff]), value)).toMatchObject({ reason: 'unknown key' })
  })

  test('(I8) no bytes make it throw or its words long', () => {
    const keys = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(COOLDOWN_KEY, CLOCK_KEY, String(spendKey)).map((text) => Buffer.from(text)),
    )
    const values = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.option(keys), fc.option(values), (name, value) => {
        const read = decodeSignal(name && Buffer.from(name), value && Buffer.from(value))
        expect(read.kind === 'unreadable' ? `${read.reason} ${read.detail}`.length : 0).toBeLessThan(100)
      }),
    )
  })
})
