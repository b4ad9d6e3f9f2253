import { describe, expect, test } from 'vitest'
import { ListTrendsQuery, MOST_INTERVALS } from './trends-query.ts'

const window = { start_time: '2026-01-01', end_time: '2026-02-01' }
const faults = (query: object) =>
  ListTrendsQuery.safeParse({ ...window, ...query }).error?.issues.map(({ path, message }) => [path.join('/'), message])

describe('the query string of GET /api/v1/trends', () => {
  test('takes the filter of the list, and days when it does not say', () => {
    expect(ListTrendsQuery.parse({ ...window, 'metadata.product': 'a', compare: 'previous' })).toMatchObject({
      selection: { time: 'created_at', facets: [['metadata.product=a']] },
      interval: 'day',
      compare: true,
      percentiles: false,
    })
  })

  test('a window of too many intervals is told which to take', () => {
    const of = (interval: string, end_time: string) => faults({ interval, end_time })?.[0]?.[1]
    expect(of('minute', '2026-01-02T00:59:59.999Z')).toBeUndefined()
    expect(of('minute', '2026-01-02T01:00:00Z')).toContain('take interval=hour, or a shorter window')
    expect(of('minute', '2026-12-01')).toContain('take interval=day, or a shorter window')
    expect(of('hour', '2026-12-01')).toContain(`more than ${MOST_INTERVALS} of them: take interval=day`)
    expect(of('day', '2053-01-01')).toContain('take interval=week, or a shorter window')
    expect(of('day', '2110-01-01')).toContain('take interval=month, or a shorter window')
    expect(of('month', '9999-12-31')).toMatch(/of them: ask for a shorter window$/)
  })

  test('what the list takes and this does not is refused by name', () => {
    expect(faults({ limit: '3' })?.map(([name]) => name)).toEqual(['limit'])
  })

  test('all faults are told at once', () => {
    const query = { interval: 'year', compare: 'next', percentiles: 'yes' }
    expect(
      faults(query)
        ?.map(([name]) => name)
        .toSorted(),
    ).toEqual(['compare', 'interval', 'percentiles'])
  })
})
