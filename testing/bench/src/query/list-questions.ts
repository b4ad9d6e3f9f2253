import { seededRandom, type Random } from '@insights/sample-conversations/seeded-random'
import { CHANNELS, FREQUENT_CLUSTERS, PRODUCTS, YEAR } from '../insights/fill-insights.ts'
import { VOCABULARY, wordOf } from '../insights/make-texts.ts'
import { WINDOWS, type WindowName } from '../insights/random-counts.ts'

export const TIMES = ['created_at', 'occurred_at'] as const
export type Time = (typeof TIMES)[number]

/** A filter as the API takes it, and as a user of SQL would write it. */
export interface Filter {
  query: [name: string, value: string][]
  sql: string[]
}

/** Filters by their names: another one of its kind for each place. */
export type Filters = Record<string, (random: Random) => Filter>

const facet = (name: string, value: string): Filter => ({
  query: [[name, value]],
  sql: [`facets @> array['${name}=${value}']`],
})
const both = (one: Filter, other: Filter): Filter => ({
  query: [...one.query, ...other.query],
  sql: [...one.sql, ...other.sql],
})
export const atLeast = (confidence: number): Filter => ({
  query: [['min_confidence', String(confidence)]],
  sql: [`confidence >= ${confidence}::float8`],
})
const SENTIMENTS = { negative: '< -0.2', neutral: 'between -0.2 and 0.2', positive: '> 0.2' }
export const sentiment = (name: keyof typeof SENTIMENTS): Filter => ({
  query: [['sentiment', name]],
  sql: [`sentiment_score ${SENTIMENTS[name]}`],
})
const anySentiment = (random: Random) => sentiment(random.pick(['negative', 'neutral', 'positive']))
export const frequentCluster = (random: Random) => facet('cluster', `cluster_${random.between(0, 9)}`)
export const rareCluster = (random: Random) => facet('cluster', `rare_${random.between(1, 4_999)}`)
const channel = (random: Random) => facet('metadata.channel', `channel_${random.between(0, CHANNELS - 1)}`)
const product = (random: Random) => facet('metadata.product', `product_${random.between(0, PRODUCTS - 1)}`)
const truncated = (is: boolean): Filter => ({
  query: [['truncated', String(is)]],
  sql: [is ? 'truncated' : 'not truncated'],
})

function twoClusters(random: Random, match: 'any' | 'all'): Filter {
  const [one, other] = random.shuffle(Array.from({ length: FREQUENT_CLUSTERS }, (_, index) => `cluster_${index}`))
  const names = `array['cluster=${one}', 'cluster=${other}']`
  return {
    query: [
      ['cluster', one ?? ''],
      ['cluster', other ?? ''],
      ['cluster_match', match],
    ],
    sql: [`facets ${match === 'any' ? '&&' : '@>'} ${names}`],
  }
}

export const noFilter = (): Filter => ({ query: [], sql: [] })
const oddConfidence = (random: Random) => atLeast((random.between(0, 99_998) + 0.5) / 100_000)

export const SINGLE: Filters = {
  'no filter': noFilter,
  sentiment: anySentiment,
  'min_confidence, whole percent': (random) => atLeast(random.between(1, 100) / 100),
  'min_confidence, odd': oddConfidence,
  'a frequent cluster': frequentCluster,
  'a less frequent cluster': (random) => facet('cluster', `cluster_${random.between(20, FREQUENT_CLUSTERS - 1)}`),
  'a rare cluster': rareCluster,
  source: (random) => facet('source', random.pick(['http', 'crm'])),
  model: (random) => facet('model', random.pick(['grok-4.20', 'grok-4.1-fast'])),
  'metadata.channel': channel,
  'metadata.product': product,
  'truncated=true': () => truncated(true),
  'truncated=false': () => truncated(false),
}

export const TOGETHER: Filters = {
  'sentiment and min_confidence': (random) => both(anySentiment(random), atLeast(random.between(1, 100) / 100)),
  'cluster and sentiment': (random) => both(frequentCluster(random), anySentiment(random)),
  'cluster and min_confidence, odd': (random) => both(frequentCluster(random), oddConfidence(random)),
  'cluster, sentiment and min_confidence, odd': (random) =>
    both(both(frequentCluster(random), anySentiment(random)), oddConfidence(random)),
  'cluster and source': (random) => both(frequentCluster(random), facet('source', 'http')),
  'channel and product': (random) => both(channel(random), product(random)),
  'two clusters, any': (random) => twoClusters(random, 'any'),
  'two clusters, all': (random) => twoClusters(random, 'all'),
}

/** The share of conversations that have a word falls with its rank: that of rank 6,000 is in one of a thousand. */
const ONE_IN_A_THOUSAND = 6_000
const word = (rank: number): Filter => ({
  query: [['q', wordOf(rank)]],
  sql: [
    `to_tsvector('simple', reasoning || coalesce((select string_agg(message->>'text', ' ')
       from conversations, jsonb_array_elements(messages) as message
      where conversations.conversation_id = insights.conversation_id), '')) @@ to_tsquery('simple', '${wordOf(rank)}')`,
  ],
})
export const TEXT: Filters = {
  'a word of one in a thousand': (random) => word(random.between(ONE_IN_A_THOUSAND - 300, ONE_IN_A_THOUSAND + 300)),
  'a rare word': (random) => word(random.between(VOCABULARY - 2_000, VOCABULARY - 1)),
}

interface Window {
  start: number
  end: number
}
export interface Question extends Filter, Window {
  time: Time
}

/** A window of that length somewhere in the year. */
export const someWindow =
  (length: WindowName) =>
  (random: Random): Window => {
    const ms = WINDOWS[length]
    if (ms === null) return { start: Date.parse('0001-01-01T00:00:00Z'), end: Date.parse('9999-12-31T23:59:59.999Z') }
    const start = random.between(YEAR.start, YEAR.end - ms)
    return { start, end: start + ms }
  }

/** The same filter at `places` places of the year. */
export function questionsOf(
  toFilter: (random: Random) => Filter,
  { toWindow, time, places }: { toWindow: (random: Random) => Window; time: Time; places: number },
): Question[] {
  return Array.from({ length: places }, (_, place) => {
    const random = seededRandom(23, place)
    const window = toWindow(random)
    return { ...toFilter(random), ...window, time }
  })
}

/** The query string of a question. */
export function toParameters({ query, time, start, end }: Question): URLSearchParams {
  const iso = (ms: number) => new Date(ms).toISOString()
  return new URLSearchParams([['start_time', iso(start)], ['end_time', iso(end)], ['time', time], ...query])
}

/** The condition of the same question in SQL. */
export function toCondition({ sql, time, start, end }: Question): string {
  const instant = (ms: number) => `'${new Date(ms).toISOString()}'`
  return [`${time} between ${instant(start)} and ${instant(end)}`, ...sql].join(' and ')
}
