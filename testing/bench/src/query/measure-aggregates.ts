import type { Random } from '@insights/sample-conversations/seeded-random'
import { YEAR } from '../insights/fill-insights.ts'
import { WINDOWS } from '../insights/random-counts.ts'
import type { FigureGroup } from '../write-result.ts'
import {
  atLeast,
  frequentCluster,
  noFilter,
  type Question,
  questionsOf,
  rareCluster,
  sentiment,
  someWindow,
  TIMES,
  toCondition,
} from './list-questions.ts'
import { type Cell, type Counts, judgeCounts, type Measured, measureCell, type Target } from './measure-cell.ts'

const AT_MOST_MS = 50
const DAY = WINDOWS.day
const MONTH = WINDOWS['30 days']

/** Facets, trends and clusters, beside the `group by` that counts the same. */
export async function measureAggregates(target: Target): Promise<FigureGroup[]> {
  const all: Measured[] = []
  const group = async <Answer>(title: string, cells: Cell<Answer>[]): Promise<FigureGroup> => {
    const measured: Measured[] = []
    for (const cell of cells) measured.push(await measureCell(target, cell))
    all.push(...measured)
    return { title: `${title}, p50 / p99 in ms`, figures: measured.map(({ figure }) => figure) }
  }
  const groups = [
    await group('facets over 30 days', facetsCells(target.places)),
    await group('trends', trendCells(target.places)),
    await group('clusters', clusterCells(target.places)),
  ]
  return [...groups, judgeCounts('counts of facets, trends and clusters beside those of group by', all)]
}

interface Facets {
  data: { facet: string; values: { value: string; count: number }[] }[]
}

function facetsCells(places: number): Cell<Facets>[] {
  const cell = (name: string, toFilter: () => ReturnType<typeof noFilter>, time: Question['time']): Cell<Facets> => ({
    name,
    path: '/api/v1/insights/facets',
    questions: questionsOf(toFilter, { toWindow: someWindow('30 days'), time, places }),
    // Those of sentiment and truncated are of columns, which the query of a user does not group by.
    countsOf: ({ data }) =>
      data
        .filter(({ facet }) => facet !== 'sentiment' && facet !== 'truncated')
        .flatMap(({ facet, values }) => values.map(({ value, count }): Counts[number] => [`${facet}=${value}`, count])),
    toPlain: (question) => `
      select facet as name, count(*)::float8 as count from insights, unnest(facets) as facet
       where ${toCondition(question)} group by facet`,
    atMost: AT_MOST_MS,
  })
  return [
    cell('no filter', noFilter, 'created_at'),
    cell('sentiment=negative', () => sentiment('negative'), 'created_at'),
    cell('min_confidence=0.9', () => atLeast(0.9), 'created_at'),
    cell('no filter, time=occurred_at', noFilter, 'occurred_at'),
  ]
}

interface Trends {
  data: { start: string; count: number }[]
}

function trendCells(places: number): Cell<Trends>[] {
  const path = '/api/v1/trends'
  const countsOf = ({ data }: Trends) => data.map(({ start, count }): Counts[number] => [Date.parse(start), count])
  const filters = { 'no filter': noFilter, 'a frequent cluster': frequentCluster, 'a rare cluster': rareCluster }
  const cells = Object.entries(filters).flatMap(([name, toFilter]) =>
    TIMES.map((time): Cell<Trends> => ({
      name: `the year by day, ${name}, ${time}`,
      path,
      parameters: { interval: 'day' },
      questions: questionsOf(toFilter, { toWindow: theYear, time, places }),
      countsOf,
      // Takes as long by the other time.
      toPlain: time === 'created_at' ? (question) => groupByTime(question, 'day') : null,
      atMost: AT_MOST_MS,
    })),
  )
  const compared: Cell<Trends> = {
    name: '30 days by hour, compare=previous',
    path,
    parameters: { interval: 'hour', compare: 'previous' },
    questions: questionsOf(noFilter, { toWindow: monthBehindAnother, time: 'created_at', places }),
    countsOf,
    // The window before is read, too, and not compared: it ends within an hour.
    toPlain: (question) => `
      select coalesce(after.name, before.name) as name, after.count from (${groupByTime(question, 'hour')}) as after
        full join (${groupByTime({ ...question, start: question.start - MONTH, end: question.start - 1 }, 'hour')})
               as before using (name)`,
    atMost: null,
  }
  return [...cells, compared]
}

/** From the first day up to a moment of the last one. */
const theYear = (random: Random) => ({ start: YEAR.start, end: random.between(YEAR.end - DAY, YEAR.end) })

function monthBehindAnother(random: Random) {
  const start = random.between(YEAR.start + MONTH, YEAR.end - MONTH)
  return { start, end: start + MONTH }
}

/** Names are the starts of the intervals, epoch ms. */
const groupByTime = (question: Question, interval: 'day' | 'hour'): string => `
  select (extract(epoch from date_trunc('${interval}', ${question.time}, 'UTC')) * 1000)::bigint::text as name,
         count(*)::float8 as count, avg(sentiment_score) as sentiment, avg(confidence) as confidence
    from insights where ${toCondition(question)} group by 1`

interface Clusters {
  data: { cluster: string; count: number }[]
}

function clusterCells(places: number): Cell<Clusters>[] {
  return (['30 days', 'all'] as const).map((window) => ({
    name: window,
    path: '/api/v1/clusters',
    questions: questionsOf(noFilter, { toWindow: someWindow(window), time: 'created_at', places }),
    countsOf: ({ data }) => data.map(({ cluster, count }) => [cluster, count]),
    toPlain: (question) => `
      select cluster as name, count(*)::float8 as count, avg(sentiment_score) as sentiment
        from insights, unnest(clusters) as cluster
       where ${toCondition(question)} group by cluster order by count desc`,
    atMost: null,
  }))
}
