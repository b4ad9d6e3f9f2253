import type { z } from 'zod'
import { SENTIMENTS, TIMES } from '../../counts/sum-insights.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { toTextQuery } from '../selection/to-text-query.ts'
import { metadataOf } from './parameters-of.ts'
import { booleanParameter, parameter, repeated, wordParameter } from './query-parameter.ts'
import { windowParameters } from './time-window.ts'

const MOST_CLUSTERS = 20
const MOST_TEXT = 1_000
/** What `parseName` takes, for the description of the API. */
const NAME = { type: 'string', minLength: 1, pattern: String.raw`^[^\x00]+$` }
const matches = ['any', 'all'] as const

/**
 * What selects insights, the same on every address that reads them. Beside these are `metadata.KEY`, for each key of
 * FACET_KEYS (parameters-of.ts).
 */
export const filterParameters = {
  ...windowParameters,
  time: wordParameter(TIMES)
    .default('created_at')
    .meta({
      enum: [...TIMES],
      default: 'created_at',
      description:
        'Which time of an insight is meant: when it was analysed, or when people talked (the latest time among the messages, else when the conversation was received).',
    }),
  sentiment: wordParameter(SENTIMENTS)
    .optional()
    .meta({
      enum: [...SENTIMENTS],
      description: 'positive: sentiment_score > 0.2; neutral: from -0.2 to 0.2; negative: < -0.2.',
    }),
  min_confidence: parameter(parseConfidence, 'must be a number from 0 to 1')
    .optional()
    .meta({ type: 'number', minimum: 0, maximum: 1, description: 'Only insights with at least this confidence.' }),
  cluster: repeated(parseName, 'must be the name of a cluster', MOST_CLUSTERS).optional().meta({
    type: 'array',
    items: NAME,
    maxItems: MOST_CLUSTERS,
    description:
      'Only insights in this topic cluster, named as in `clusters`; capitals and spaces do not matter. May be given several times.',
  }),
  cluster_match: wordParameter(matches)
    .default('any')
    .meta({
      enum: [...matches],
      default: 'any',
      description: 'Of several clusters: whether an insight is in any of them, or in all.',
    }),
  source: parameter(parseName, 'must be the name of a source')
    .optional()
    .meta({ ...NAME, description: 'Only insights of conversations that came from this source.', examples: ['http'] }),
  model: parameter(parseName, 'must be the name of a model')
    .optional()
    .meta({ ...NAME, description: 'Only insights that this model gave.', examples: ['grok-4.3'] }),
  truncated: booleanParameter().optional().meta({
    type: 'boolean',
    description: 'Only insights whose conversation was too long for a call (true), or was read as a whole (false).',
  }),
  q: parameter(parseText, 'must have a word that is looked for, and at most 1000 characters')
    .optional()
    .meta({
      pattern: String.raw`^[^\x00]*[^\x00\s][^\x00]*$`,
      maxLength: MOST_TEXT,
      description:
        'Only insights whose reasoning and messages have these words: all of them, "a phrase", one OR another, -without. Whole words; capitals and accents do not matter. Of the first 100,000 characters.',
      examples: ['"arrived broken" OR damaged'],
    }),
}
type Fields = z.infer<z.ZodObject<typeof filterParameters>> & Record<string, unknown>

/** What the parameters select. Its fields have a fixed order, for the fingerprint of a cursor. */
export const toSelection = (fields: Fields): InsightSelection => ({
  time: fields.time,
  start: fields.start_time,
  end: fields.end_time,
  sentiment: fields.sentiment ?? null,
  minConfidence: fields.min_confidence ?? null,
  facets: [
    ...facetsOfClusters(fields.cluster ?? [], fields.cluster_match),
    ...(fields.source === undefined ? [] : [[`source=${fields.source}`]]),
    ...(fields.model === undefined ? [] : [[`model=${fields.model}`]]),
    ...metadataOf(fields).map(({ key, value }) => [`metadata.${key}=${value}`]),
  ],
  truncated: fields.truncated ?? null,
  text: fields.q ?? null,
})

function facetsOfClusters(names: readonly string[], match: (typeof matches)[number]): string[][] {
  // As it is given, too: a producer of its own may name clusters otherwise.
  const groups = names.map((name) => [...new Set([name, normalizeCluster(name)])].map((one) => `cluster=${one}`))
  if (groups.length === 0 || match === 'all') return groups
  return [[...new Set(groups.flat())]]
}

/** As the analyzer names clusters: NFKC, lower case, words apart by one space. */
const normalizeCluster = (name: string): string =>
  name.normalize('NFKC').toLowerCase().split(/\s+/).filter(Boolean).join(' ')

function parseConfidence(text: string): number | null {
  // One way to read a row of digits: with two, a parameter of 16 KB of them took half a second.
  return /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text) && Number(text) <= 1 ? Number(text) : null
}

/** Postgres refuses a NUL in a text, and no name has one. */
function parseName(text: string): string | null {
  return text === '' || text.includes('\0') ? null : text
}

function parseText(text: string): string | null {
  return text.length > MOST_TEXT || text.includes('\0') || toTextQuery(text) === null ? null : text
}
