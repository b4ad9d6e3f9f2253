import { describe, expect, test } from 'vitest'
import { encodeCursor } from './cursor.ts'
import { cursorAfter, ListInsightsQuery } from './list-query.ts'

const window = { start_time: '2026-01-01T00:00:00Z', end_time: '2026-01-02T00:00:00Z' }
const filter = {
  start: Date.parse(window.start_time),
  end: Date.parse(window.end_time),
  min_confidence: null,
  sentiment: null,
  cluster: null,
}
const position = { created_at: Date.parse('2026-01-01T12:00:00.001Z'), conversation_id: 'conv_7' }

/** Pointers of the faults. */
const faults = (query: object) =>
  ListInsightsQuery.safeParse(query).error?.issues.map(({ path }) => path.join('/')) ?? []

describe('the query string of GET /api/v1/insights', () => {
  test('takes the window alone, and a hundred insights then', () => {
    expect(ListInsightsQuery.parse(window)).toEqual({ filter, limit: 100, after: null })
  })

  test('takes everything at once', () => {
    const rest = { min_confidence: 0.5, sentiment: 'negative', cluster: 'billing' } as const
    const cursor = encodeCursor(cursorAfter(position, { ...filter, ...rest }))
    const query = { ...window, ...rest, min_confidence: '0.5', limit: '1000', cursor }
    expect(ListInsightsQuery.parse(query)).toEqual({ filter: { ...filter, ...rest }, limit: 1000, after: position })
  })

  test('the same instants in another notation are the same filter, so a cursor still fits', () => {
    const cursor = encodeCursor(cursorAfter(position, filter))
    const query = { start_time: '2026-01-01T02:00:00+02:00', end_time: '1767312000', limit: '7', cursor }
    expect(ListInsightsQuery.parse(query)).toEqual({ filter, limit: 7, after: position })
  })

  test.each([
    { end_time: '2026-01-03T00:00:00Z' },
    { min_confidence: '0' },
    { sentiment: 'neutral' },
    { cluster: 'billing' },
  ])('a cursor of another filter is refused: %o', (change) => {
    const cursor = encodeCursor(cursorAfter(position, filter))
    expect(faults({ ...window, ...change, cursor })).toEqual(['cursor'])
  })

  test('all faults are told at once', () => {
    const query = { start_time: window.end_time, end_time: window.start_time, limit: '0', min_confidence: '2' }
    const rest = { sentiment: 'sad', cluster: '', cursor: 'abc' }
    expect(faults({ ...query, ...rest }).toSorted()).toEqual(
      ['cluster', 'cursor', 'end_time', 'limit', 'min_confidence', 'sentiment'].toSorted(),
    )
    expect(faults({})).toEqual(['start_time', 'end_time'])
  })

  test.each([
    ...['', '0', '1001', '-5', '1.5', '1e2', '0x10', ' 5', 'ten', '99999999999'].map((limit) => ({ limit })),
    ...['', '-0.1', '1.01', 'NaN', 'Infinity', '0,5', '0x1', 'high', '1.0.0', '.', `${'0'.repeat(200_000)}x`].map(
      (min_confidence) => ({ min_confidence }),
    ),
    ...['', 'Positive', 'toString'].map((sentiment) => ({ sentiment })),
    ...['', 'a\0b'].map((cluster) => ({ cluster })),
    { limit: ['5', '5'] },
    { end_time: window.start_time },
    { end_time: 'tomorrow' },
    { cursor: '' },
  ])('refuses %o', (change) => {
    expect(faults({ ...window, ...change })).toEqual(Object.keys(change))
  })

  test.each(['0', '1', '1.0', '1.', '+1', '.5', '5e-1', '0.30000000000000004'])(
    'takes min_confidence %s',
    (min_confidence) => {
      expect(ListInsightsQuery.parse({ ...window, min_confidence }).filter.min_confidence).toBe(Number(min_confidence))
    },
  )
})
