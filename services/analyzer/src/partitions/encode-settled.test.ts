import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeSettled, encodeSettled } from './encode-settled.ts'

const offsets = fc.maxSafeNat().map((n) => Math.floor(n / 2))
const runLists = (longest: number, most: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: longest }), fc.integer({ min: 1, max: longest })), { maxLength: most })
    .map((pairs) => pairs.flat())
const repeat = (times: number, ...runs: number[]) => Array.from({ length: times }, () => runs).flat()

describe('the settled offsets in the metadata of a commit', () => {
  test('nothing settled above the offset is the empty string, which the broker gives back as null', () => {
    expect(encodeSettled(7, [])).toBe('')
    expect(decodeSettled(7, '')).toEqual([])
    expect(decodeSettled(7, null)).toEqual([])
  })

  test('the form is fixed: what one version commits another must read', () => {
    expect(encodeSettled(1_000, [1, 40, 2, 1_000_000])).toBe('1rMCN6UYvCBoBCgywe')
    expect(encodeSettled(1_000, [1, 1, 2, 1, 1, 2])).toBe('1beeaI8sawSD')
    expect(decodeSettled(1_000, '1rMCN6UYvCBoBCgywe')).toEqual([1, 40, 2, 1_000_000])
    expect(decodeSettled(1_000, '1beeaI8sawSD')).toEqual([1, 1, 2, 1, 1, 2])
  })

  test('(I2, I5) what was encoded comes back whole, in either form', () => {
    const short = fc.tuple(offsets, runLists(40, 400))
    const long = fc.tuple(offsets, runLists(2_000_000, 100))
    fc.assert(
      fc.property(fc.oneof(short, long), ([offset, runs]) => {
        const metadata = encodeSettled(offset, runs)
        expect(metadata).toMatch(/^[\w-]{0,4096}$/)
        expect(decodeSettled(offset, metadata)).toEqual(runs)
      }),
    )
  })

  test('runs of any length a partition can have', () => {
    const runs = [1, 2 ** 31, 2 ** 40, 2 ** 52]
    expect(decodeSettled(3, encodeSettled(3, runs))).toEqual(runs)
  })

  test('the shorter form is taken: 24,000 offsets by turns fit, and 30 million in two runs', () => {
    expect(encodeSettled(0, repeat(12_000, 1, 1))).toHaveLength(4_010)
    expect(encodeSettled(0, [15_000_000, 15_000_000])).toHaveLength(20)
  })

  test('(I5) what is too long names fewer offsets, the lowest, and none that is not settled', () => {
    for (const runs of [repeat(20_000, 1, 1), repeat(3_000, 31, 31), repeat(900, 40, 40_000)]) {
      const metadata = encodeSettled(5, runs)
      const decoded = decodeSettled(5, metadata)
      expect(metadata.length).toBeLessThanOrEqual(4_096)
      expect(metadata.length).toBeGreaterThan(4_090)
      expect(decoded).toEqual(runs.slice(0, decoded.length))
    }
  })

  test('(I5) metadata of another offset is not believed', () => {
    fc.assert(
      fc.property(offsets, offsets, runLists(40, 50), (offset, other, runs) => {
        fc.pre(offset !== other)
        expect(decodeSettled(other, encodeSettled(offset, runs))).toEqual([])
      }),
    )
    expect(decodeSettled(8, encodeSettled(7, [1, 1]))).toEqual([])
  })

  test('(I5) one character changed, added or taken away, and nothing is believed', () => {
    const anyCharacter = fc.string({ unit: fc.constantFrom(...'01rbABz9-_ =é\u0000'), maxLength: 2 })
    fc.assert(
      fc.property(runLists(40, 50), fc.nat(), fc.nat(2), anyCharacter, (runs, where, length, put) => {
        const metadata = encodeSettled(77, runs)
        const at = where % (metadata.length + 1)
        const changed = metadata.slice(0, at) + put + metadata.slice(at + length)
        fc.pre(changed !== metadata)
        expect(decodeSettled(77, changed)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('(I5) what another program wrote says nothing, and never throws', () => {
    const foreign = ['NO_METADATA', '{"settled":[1,2,3]}', '1', '1r', '1b', '2rAAAAAAAABB', 'x'.repeat(5_000)]
    for (const form of ['1r', '1b', '2r'])
      foreign.push(form + 'g'.repeat(4_000), form + 'A'.repeat(10), form + '\u0000é')
    for (const metadata of foreign) expect(decodeSettled(3, metadata)).toEqual([])
    const likeOurs = fc.stringMatching(/^1[rb][\w-]{8,40}$/)
    fc.assert(
      fc.property(offsets, fc.oneof(fc.string(), likeOurs), (offset, metadata) => {
        expect(decodeSettled(offset, metadata)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })
})
