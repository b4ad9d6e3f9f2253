import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createInsightMemory, type RememberedInsight } from './remember-insights.ts'

const insight = (id: string, more: Partial<RememberedInsight> = {}): RememberedInsight => ({
  insight_id: id,
  sentiment_score: 0.5,
  clusters: ['refund'],
  confidence: 0.9,
  reasoning: 'r',
  model: 'grok-4.3',
  prompt_version: '1.0.0+abc',
  call_id: 'call-1',
  attempts: 1,
  truncated: false,
  raw: null,
  ...more,
})
const plenty = { perPartition: 500, maxBytes: 1_000_000 }

describe('the memory of recent insights', () => {
  test('what was produced is recalled as it was, in its own partition only', () => {
    const memory = createInsightMemory(plenty)
    memory.remember(3, insight('a'))
    expect(memory.recall(3, 'a')).toEqual(insight('a'))
    expect(memory.recall(4, 'a')).toBeUndefined()
    expect(memory.recall(3, 'b')).toBeUndefined()
  })

  test('a later insight with the same id takes the place of the earlier one', () => {
    const memory = createInsightMemory(plenty)
    memory.remember(0, insight('a', { call_id: 'first' }))
    const before = memory.size()
    memory.remember(0, insight('a', { call_id: 'other' }))
    expect(memory.recall(0, 'a')?.call_id).toBe('other')
    expect(memory.size()).toEqual(before)
  })

  test('(I8) the least recently used of a partition is evicted, and use counts as well as making', () => {
    const memory = createInsightMemory({ ...plenty, perPartition: 2 })
    memory.remember(0, insight('a'))
    memory.remember(0, insight('b'))
    memory.remember(1, insight('c'))
    memory.recall(0, 'a')
    memory.remember(0, insight('d'))
    expect(['a', 'b', 'd'].map((id) => memory.recall(0, id)?.insight_id)).toEqual(['a', undefined, 'd'])
    expect(memory.recall(1, 'c')).toBeDefined()
  })

  test('(I8) bytes are bounded over all partitions: the least recently used of any is evicted', () => {
    const memory = createInsightMemory({ perPartition: 500, maxBytes: 25_000 })
    memory.remember(0, insight('a', { reasoning: 'x'.repeat(4_000) }))
    memory.remember(1, insight('b', { raw: 'x'.repeat(4_000) }))
    memory.recall(0, 'a')
    memory.remember(2, insight('c', { clusters: ['x'.repeat(4_000)] }))
    expect(memory.recall(1, 'b')).toBeUndefined()
    expect(memory.recall(0, 'a')).toBeDefined()
    expect(memory.recall(2, 'c')).toBeDefined()
  })

  test('one that is larger than the whole memory drives nothing else out', () => {
    const memory = createInsightMemory({ perPartition: 500, maxBytes: 5_000 })
    memory.remember(0, insight('a'))
    memory.remember(0, insight('b', { raw: 'x'.repeat(4_096) }))
    expect(memory.recall(0, 'b')).toBeUndefined()
    expect(memory.recall(0, 'a')).toBeDefined()
  })

  test('a partition that is lost is forgotten', () => {
    const memory = createInsightMemory(plenty)
    memory.remember(0, insight('a'))
    memory.forget(0)
    memory.forget(9)
    expect(memory.recall(0, 'a')).toBeUndefined()
    expect(memory.size()).toEqual({ insights: 0, bytes: 0 })
  })

  test('(I8) any order of use: never more than the bounds, and the bytes are those of what is there', () => {
    const step = fc.record({
      what: fc.constantFrom('remember', 'remember', 'remember', 'recall', 'forget'),
      partition: fc.nat(3),
      id: fc.nat(30).map(String),
      length: fc.nat(2_000),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.nat(6), fc.nat(20_000), (steps, perPartition, maxBytes) => {
        const memory = createInsightMemory({ perPartition, maxBytes })
        for (const { what, partition, id, length } of steps) {
          const recalled = what === 'recall' ? memory.recall(partition, id) : undefined
          expect(recalled?.insight_id ?? id).toBe(id)
          if (what === 'remember') memory.remember(partition, insight(id, { reasoning: 'x'.repeat(length) }))
          else if (what === 'forget') memory.forget(partition)
          const { insights, bytes } = memory.size()
          expect(insights).toBeLessThanOrEqual(4 * perPartition)
          expect(bytes).toBeLessThanOrEqual(maxBytes)
          expect(bytes === 0).toBe(insights === 0)
        }
        for (const partition of [0, 1, 2, 3]) memory.forget(partition)
        expect(memory.size()).toEqual({ insights: 0, bytes: 0 })
      }),
    )
  })
})
