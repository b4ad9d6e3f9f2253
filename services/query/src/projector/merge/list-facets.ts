import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { nameOfModel } from '../../counts/name-of-model.ts'
import { TRUNCATED } from '../../counts/sum-insights.ts'
import { withoutNul } from '../../tables/to-postgres.ts'

/** Longer values are no facets. */
const VALUE_CHARACTERS = 100

/** Longer metadata has no facets: reading a megabyte of keys takes half a second. */
const METADATA_CHARACTERS = 64 * 1024

/** What an insight is counted and found by of itself. The order is that of the migrations 004 and 010. */
export function facetsOfInsight({
  model,
  truncated,
  clusters,
}: Pick<InsightProduced, 'model' | 'truncated' | 'clusters'>): string[] {
  const facets = [`model=${nameOfModel(model)}`]
  if (truncated) facets.push(TRUNCATED)
  return [...facets, ...new Set(clusters.map((cluster) => `cluster=${withoutNul(cluster)}`))]
}

export const isOfInsight = (facet: string): boolean =>
  facet === TRUNCATED || facet.startsWith('model=') || facet.startsWith('cluster=')

/**
 * What the insight of a conversation is counted and found by of its submission: where it came from, and of `keys` those
 * that its metadata has as a text, a number or a boolean of at most 100 characters.
 */
export function facetsOfSubmission({
  source,
  metadata,
  keys,
}: {
  source: string
  /** A JSON object. */
  metadata: string
  keys: readonly string[]
}): string[] {
  const facets = [`source=${withoutNul(source)}`]
  if (metadata === '{}' || keys.length === 0 || metadata.length > METADATA_CHARACTERS) return facets
  const values = JSON.parse(metadata) as Record<string, unknown>
  for (const key of keys) {
    const text = Object.hasOwn(values, key) ? toText(values[key]) : null
    if (text !== null && text.length <= VALUE_CHARACTERS) facets.push(`metadata.${key}=${withoutNul(text)}`)
  }
  return facets
}

function toText(value: unknown): string | null {
  if (typeof value === 'string') return value.toWellFormed()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
