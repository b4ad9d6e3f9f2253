import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesInWork, createMemoryBound } from './memory-bound.ts'
import { record } from '../work/work.fixture.ts'

const at = (partition: number, offset: number, bytes = 1) =>
  record(offset, { partition, value: Buffer.alloc(bytes), key: null })

describe('memory for conversations in work', () => {
  test('(I8) those that wait are bounded; each partition keeps places that no other can take', () => {
    const memoryBound = createMemoryBound({ shared: 5, reserved: 2, maxBytes: 1e9 })
    let entered = 0
    while (memoryBound.has(0, 'live')) memoryBound.enter(at(0, entered++), 'live')
    expect(entered).toBe(7)
    expect(memoryBound.has(1, 'live')).toBe(true)
    memoryBound.enter(at(1, 100), 'live')
    memoryBound.enter(at(1, 101), 'live')
    expect(memoryBound.has(1, 'live')).toBe(false)
    expect(memoryBound.has(0, 'bulk')).toBe(true)
  })

  test('a conversation in a call gives back its place, and its bytes only when it is concluded', () => {
    const memoryBound = createMemoryBound({ shared: 0, reserved: 1, maxBytes: 1e9 })
    const first = at(0, 1, 100)
    memoryBound.enter(first, 'live')
    expect(memoryBound.has(0, 'live')).toBe(false)
    memoryBound.begin(first)
    memoryBound.begin(first)
    expect(memoryBound.has(0, 'live')).toBe(true)
    expect(memoryBound.used()).toEqual({ records: 1, bytes: bytesInWork(first), waiting: { live: 0, bulk: 0 } })
    memoryBound.leave(first)
    memoryBound.leave(first)
    expect(memoryBound.used()).toEqual({ records: 0, bytes: 0, waiting: { live: 0, bulk: 0 } })
  })

  test('a record larger than the whole bound still gets in, or its partition would stand still for ever', () => {
    const memoryBound = createMemoryBound({ shared: 10, reserved: 2, maxBytes: 1_000 })
    memoryBound.enter(at(0, 1, 5_000), 'live')
    expect([memoryBound.has(0, 'live'), memoryBound.has(1, 'live'), memoryBound.has(1, 'bulk')]).toEqual([
      false,
      true,
      false,
    ])
  })

  test('(I8) headers count as key and value do', () => {
    const bare = record(1, { key: null, value: null })
    const headers = [
      { name: 'four', value: Buffer.alloc(1_000) },
      { name: '', value: null },
    ]
    expect(bytesInWork({ ...bare, headers }) - bytesInWork(bare)).toBe(2 * (4 + 1_000 + 16 + 16))
  })

  test('(I8) when large records hold all the bytes, each partition brings in one more, however many are in calls', () => {
    const memoryBound = createMemoryBound({ shared: 1e6, reserved: 20, maxBytes: 64 * 1024 * 1024 })
    let offset = 0
    for (let went = true; went;) {
      went = false
      for (let partition = 0; partition < 12; partition++) {
        if (!memoryBound.has(partition, 'live')) continue
        const large = at(partition, offset++, 2_000_000)
        memoryBound.enter(large, 'live')
        memoryBound.begin(large) // it is in a call at once, and none ends
        went = true
        if (offset > 100) throw new Error('there is no bound')
      }
    }
    expect(memoryBound.used().bytes).toBeLessThan(64 * 1024 * 1024 + 12 * 4_001_000)
  })

  test('the bulk lane cannot take all the bytes', () => {
    const memoryBound = createMemoryBound({ shared: 1e6, reserved: 0, maxBytes: 100_000 })
    for (let offset = 0; memoryBound.has(0, 'bulk'); offset++) memoryBound.enter(at(0, offset, 1_000), 'bulk')
    expect(memoryBound.used().bytes).toBeLessThan(80_000)
    expect(memoryBound.has(0, 'live')).toBe(true)
  })

  test('fetching is worth it when half of the memory is free, and for a partition that is nearly out of work', () => {
    const memoryBound = createMemoryBound({ shared: 4, reserved: 4, maxBytes: 1e9 })
    const records = Array.from({ length: 8 }, (_, offset) => at(0, offset))
    for (const one of records) memoryBound.enter(one, 'live')
    expect([
      memoryBound.isWorthFetching('live'),
      memoryBound.isStarved(0, 'live'),
      memoryBound.isStarved(1, 'live'),
    ]).toEqual([false, false, true])
    for (const one of records.slice(0, 2)) memoryBound.begin(one)
    expect(memoryBound.isWorthFetching('live')).toBe(true)
    for (const one of records.slice(2, 7)) memoryBound.begin(one)
    expect(memoryBound.isStarved(0, 'live')).toBe(true)
  })

  test('(I8) whatever comes and goes, what is counted is what is inside', () => {
    const steps = fc.array(fc.record({ what: fc.nat(2), which: fc.nat(20), bulk: fc.boolean() }), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (all) => {
        const memoryBound = createMemoryBound({ shared: 6, reserved: 2, maxBytes: 30_000 })
        const records = Array.from({ length: 21 }, (_, i) => at(i % 3, i, (i + 1) * 100))
        const inside = new Map<number, { bulk: boolean; waits: boolean }>()
        for (const { what, which, bulk } of all) {
          const one = records[which] as (typeof records)[number]
          if (what === 0 && !inside.has(which) && memoryBound.has(one.partition, bulk ? 'bulk' : 'live')) {
            memoryBound.enter(one, bulk ? 'bulk' : 'live')
            inside.set(which, { bulk, waits: true })
          } else if (what === 1) {
            memoryBound.begin(one)
            const place = inside.get(which)
            if (place) place.waits = false
          } else if (what === 2) {
            memoryBound.leave(one)
            inside.delete(which)
          }
          const waits = (isBulk: boolean) => [...inside.values()].filter((p) => p.waits && p.bulk === isBulk).length
          expect(memoryBound.used()).toEqual({
            records: inside.size,
            bytes: [...inside.keys()].reduce((sum, i) => sum + bytesInWork(records[i] as (typeof records)[number]), 0),
            waiting: { live: waits(false), bulk: waits(true) },
          })
          expect(waits(false)).toBeLessThanOrEqual(6 + 3 * 2)
        }
      }),
    )
  })
})
