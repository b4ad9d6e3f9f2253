import type { InsightSelection } from '@insights/query/api/selection/insight-selection'
import { seededRandom, type Random } from '@insights/sample-conversations/seeded-random'
import { CHANNELS, FREQUENT_CLUSTERS, PRODUCTS, RARE_CLUSTERS, YEAR } from './fill-insights.ts'

const HOUR = 3_600_000
/** Lengths of windows by their name; the last one is all there is. */
export const WINDOWS = { hour: HOUR, day: 24 * HOUR, '30 days': 30 * 24 * HOUR, all: null } as const
export type WindowName = keyof typeof WINDOWS

/** A count that rollups may answer: one facet at most, and a whole percent. Else rows must be counted. */
export type Kind = 'facets and whole percents' | 'odd thresholds or two facets'

export interface RandomCount {
  window: WindowName
  kind: Kind
  selection: InsightSelection
}

/** Counts that may be asked for, as many of each window; every fourth of them is odd. */
export function randomCounts(count: number, seed: number): RandomCount[] {
  const names = Object.keys(WINDOWS) as WindowName[]
  return Array.from({ length: count }, (_, index) => {
    const random = seededRandom(seed, index)
    const window = random.pick(names.slice(index % names.length, (index % names.length) + 1))
    const isOdd = Math.floor(index / names.length) % 4 === 3
    const facets = isOdd && random.chance(0.5) ? [anyFacet(random), anyFacet(random)] : someFacet(random)
    const odd = random.pick([0.285, 0.1 + 0.2, random.next()])
    const minConfidence = isOdd && facets.length < 2 ? odd : random.pick([null, random.between(0, 100) / 100])
    return {
      window,
      kind: isOdd ? 'odd thresholds or two facets' : 'facets and whole percents',
      selection: {
        time: random.pick(['created_at', 'occurred_at'] as const),
        ...windowOf(WINDOWS[window], random),
        sentiment: random.pick([null, 'negative', 'neutral', 'positive'] as const),
        minConfidence,
        facets: facets.map((facet) => [facet]),
        truncated: null,
        text: null,
      },
    }
  })
}

function windowOf(ms: number | null, random: Random): { start: number; end: number } {
  if (ms === null) return { start: Date.parse('0001-01-01T00:00:00Z'), end: Date.parse('9999-12-31T23:59:59.999Z') }
  const start = random.between(YEAR.start, YEAR.end - ms)
  return { start, end: start + ms }
}

const someFacet = (random: Random): string[] => (random.chance(0.3) ? [] : [anyFacet(random)])

const anyFacet = (random: Random): string =>
  random.pick([
    `cluster=cluster_${random.between(0, FREQUENT_CLUSTERS - 1)}`,
    `cluster=rare_${random.between(0, RARE_CLUSTERS - 1)}`,
    `metadata.channel=channel_${random.between(0, CHANNELS - 1)}`,
    `metadata.product=product_${random.between(0, PRODUCTS - 1)}`,
    'source=http',
    'model=grok-4.20',
  ])

/** The same count as it is written without rollups. */
export function plainCount({ time, start, end, sentiment, minConfidence, facets }: InsightSelection): string {
  const instant = (ms: number) => `'${new Date(ms).toISOString()}'`
  const sentiments = { negative: '< -0.2', neutral: 'between -0.2 and 0.2', positive: '> 0.2' }
  const conditions = [
    `${time} between ${instant(start)} and ${instant(end)}`,
    ...(sentiment === null ? [] : [`sentiment_score ${sentiments[sentiment]}`]),
    ...(minConfidence === null ? [] : [`confidence >= ${minConfidence}::float8`]),
    ...facets.flat().map((facet) => `facets @> array['${facet}']`),
  ]
  return `select count(*)::float8 as count from insights where ${conditions.join(' and ')}`
}
