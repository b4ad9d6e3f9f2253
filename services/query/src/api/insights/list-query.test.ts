import { describe, expect, test } from 'vitest'
import { cursorAfter } from '../parameters/cursor.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { ListInsightsQuery } from './list-query.ts'

const window = { start_time: '2026-01-01T00:00:00Z', end_time: '2026-01-02T00:00:00Z' }
const selection: InsightSelection = {
  time: 'created_at',
  start: Date.parse(window.start_time),
  end: Date.parse(window.end_time),
  sentiment: null,
  minConfidence: null,
  facets: [],
  truncated: null,
  text: null,
}
const position = { at: Date.parse('2026-01-01T12:00:00.001Z'), id: 'conv_7' }
const cursor = cursorAfter(position, selection)

/** Pointers of the faults. */
const faults = (query: object) =>
  ListInsightsQuery.safeParse(query).error?.issues.map(({ path }) => path.join('/')) ?? []

describe('the query string of GET /api/v1/insights', () => {
  test('takes the window alone, and a hundred insights then', () => {
    expect(ListInsightsQuery.parse(window)).toEqual({ selection, limit: 100, after: null })
  })

  test('takes everything at once', () => {
    const wanted: InsightSelection = {
      ...selection,
      time: 'occurred_at',
      sentiment: 'negative',
      minConfidence: 0.5,
      facets: [
        ['cluster= Late  Refund', 'cluster=late refund'],
        ['cluster=billing'],
        ['source=zendesk'],
        ['model=grok-4'],
        ['metadata.channel=e-mail'],
        ['metadata.product=A=B'],
      ],
      truncated: false,
      text: 'refund "not yet"',
    }
    const query = {
      ...window,
      time: 'occurred_at',
      sentiment: 'negative',
      min_confidence: '0.5',
      cluster: [' Late  Refund', 'billing'],
      cluster_match: 'all',
      source: 'zendesk',
      model: 'grok-4',
      'metadata.product': 'A=B',
      'metadata.channel': 'e-mail',
      truncated: 'false',
      q: 'refund "not yet"',
      limit: '1000',
      cursor: cursorAfter(position, wanted),
    }
    expect(ListInsightsQuery.parse(query)).toEqual({ selection: wanted, limit: 1000, after: position })
  })

  test('of several clusters any is enough, unless all are asked for', () => {
    const facets = (query: object) => ListInsightsQuery.parse({ ...window, ...query }).selection.facets
    expect(facets({ cluster: ['a', 'B'] })).toEqual([['cluster=a', 'cluster=B', 'cluster=b']])
    expect(facets({ cluster: ['a', 'b'], cluster_match: 'all' })).toEqual([['cluster=a'], ['cluster=b']])
    expect(facets({ cluster: '\u{ff32}efund' })).toEqual([['cluster=\u{ff32}efund', 'cluster=refund']])
  })

  test('a parameter that is misspelt is refused by its name, so that it widens no result', () => {
    const query = { ...window, sentimnet: 'negative', 'metadata.': 'x', meta: '1', Cluster: 'a', toString: '1' }
    expect(faults(query).toSorted()).toEqual(['Cluster', 'meta', 'metadata.', 'sentimnet', 'toString'])
  })

  test('the same instants in another notation are the same filter, so a cursor still fits', () => {
    const query = { start_time: '2026-01-01T02:00:00+02:00', end_time: '1767312000', limit: '7', cursor }
    expect(ListInsightsQuery.parse(query)).toEqual({ selection, limit: 7, after: position })
  })

  test.each([
    { end_time: '2026-01-03T00:00:00Z' },
    { min_confidence: '0' },
    { sentiment: 'neutral' },
    { cluster: 'billing' },
    { time: 'occurred_at' },
    { 'metadata.channel': 'chat' },
    { q: 'refund' },
  ])('a cursor of another filter is refused: %o', (change) => {
    expect(faults({ ...window, ...change, cursor })).toEqual(['cursor'])
  })

  test('all faults are told at once', () => {
    const query = { start_time: window.end_time, end_time: window.start_time, limit: '0', min_confidence: '2' }
    const rest = { sentiment: 'sad', cluster: '', cursor: 'abc' }
    expect(faults({ ...query, ...rest }).toSorted()).toEqual(
      ['cluster', 'cursor', 'end_time', 'limit', 'min_confidence', 'sentiment'].toSorted(),
    )
    expect(faults({})).toEqual(['start_time', 'end_time'])
    expect(faults({ ...window, start_time: undefined, strat_time: window.start_time, 'metadata.': 'x' })).toEqual([
      'start_time',
      'strat_time',
      'metadata.',
    ])
  })

  test.each([
    ...['', '0', '1001', '-5', '1.5', '1e2', '0x10', ' 5', 'ten', '99999999999'].map((limit) => ({ limit })),
    ...['', '-0.1', '1.01', 'NaN', 'Infinity', '0,5', '0x1', 'high', '1.0.0', '.', `${'0'.repeat(200_000)}x`].map(
      (min_confidence) => ({ min_confidence }),
    ),
    ...['', 'Positive', 'toString'].map((sentiment) => ({ sentiment })),
    ...['', 'a\0b', ['a', ''], Array.from({ length: 21 }, () => 'a')].map((cluster) => ({ cluster })),
    ...['', 'yes', 'True'].map((truncated) => ({ truncated })),
    ...['', ' ', '?!', '-refund', 'a\0', 'x'.repeat(1001)].map((q) => ({ q })),
    ...['', 'a\0'].flatMap((name) => [{ source: name }, { model: name }]),
    { time: 'received_at' },
    { cluster_match: 'some' },
    { 'metadata.channel': ['a', 'b'] },
    { 'metadata.channel': 'x'.repeat(101) },
    { 'metadata.a=b': 'c' },
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
      expect(ListInsightsQuery.parse({ ...window, min_confidence }).selection.minConfidence).toBe(
        Number(min_confidence),
      )
    },
  )
})
