import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { ALL } from '../../counts/sum-insights.ts'
import { timeWindowExample, TimeWindowRead, toTimeWindowRead } from '../parameters/time-window.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { meanOf, totalOf } from '../selection/figures.ts'
import { windowBefore } from '../selection/window-before.ts'
import { askRanked } from './ask-ranked.ts'
import { ListClustersQuery } from './facets-query.ts'
import { rolledPercent } from './rank-facets.ts'
import { type FacetSums, valueOf } from './rank-rows.ts'
import { type Clusters, selectClustersOfRows, selectRolledClusters } from './select-clusters.ts'

const Cluster = z.object({
  cluster: z.string(),
  count: z.int().describe('How many insights of the filter have it.'),
  share: z
    .number()
    .describe('Of all insights of the filter, 0 to 1, to six digits. An insight may have several clusters.'),
  mean_sentiment: z.number().nullable().describe('The mean score, to six digits.'),
  positive: z.int(),
  neutral: z.int(),
  negative: z.int(),
  previous_count: z.int().nullable().describe('How many had it in the window before.'),
  count_change: z.int().nullable().describe('By how many `count` is more than `previous_count`.'),
  share_change: z
    .number()
    .nullable()
    .describe(
      'By how much the share is more than that of the window before, -1 to 1; null where that had no insights.',
    ),
  first_seen: z.iso.datetime().nullable().describe('The time of the first insight that has it, of all that are kept.'),
})

const ClustersPage = z.object({
  metadata: z.object({
    total_count: z.int().describe('Exactly how many insights the filter has, with or without clusters.'),
    returned_count: z.int(),
    time_window: TimeWindowRead,
    previous_total_count: z.int().nullable(),
    previous_time_window: TimeWindowRead.nullable().describe(
      'The window of the same length right before; null where it would begin before the year 1.',
    ),
  }),
  data: z.array(Cluster).describe('Most frequent first, then by name.'),
})

/** `GET /api/v1/clusters`: what the conversations of a time window are about. */
export function listClusters(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/clusters',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'listClusters',
        summary: 'The most frequent topic clusters, and how they changed',
        tags: ['trends'],
        description:
          'The topic clusters that most insights of the filter have, with what people feel about each, how many had it in the window of the same ' +
          'length right before, and when it was first seen. The counts are exact.',
        querystring: ListClustersQuery,
        response: { 200: ClustersPage.meta({ description: 'The clusters', examples: [EXAMPLE] }), ...READ_PROBLEMS },
      },
    },
    async ({ query: { selection, limit } }, reply) => {
      const before = windowBefore(selection)
      const query = { selection, limit, before }
      // Rollups have the sums of scores of any confidence.
      const isRolled = rolledPercent(selection) === 0
      const asked = await askRanked(route.readers, selection, {
        rolled: isRolled ? (reader, mostRows) => selectRolledClusters(reader, query, { mostRows }) : null,
        rows: (reader) => selectClustersOfRows(reader, query),
      })
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      const { all, clusters, previous } = asked.value
      return {
        metadata: {
          total_count: totalOf(all),
          returned_count: clusters.length,
          time_window: toTimeWindowRead(selection),
          previous_total_count: previous && (previous.get(ALL) ?? 0),
          previous_time_window: before && toTimeWindowRead({ start: before.first, end: before.last }),
        },
        data: clusters.map((row) => toCluster(row, asked.value)),
      }
    },
  )
}

function toCluster(row: FacetSums, { all, previous, firstSeen }: Clusters): z.infer<typeof Cluster> {
  const { facet, positive, neutral, negative } = row
  const count = totalOf(row)
  const share = count / totalOf(all)
  const earlier = previous && { count: previous.get(facet) ?? 0, total: previous.get(ALL) ?? 0 }
  const first = firstSeen.get(facet)
  return {
    cluster: valueOf(row),
    count,
    share: toSixDigits(share),
    mean_sentiment: meanOf(row.sentiment_micros, count),
    positive,
    neutral,
    negative,
    previous_count: earlier && earlier.count,
    count_change: earlier && count - earlier.count,
    share_change: earlier && earlier.total > 0 ? toSixDigits(share - earlier.count / earlier.total) : null,
    first_seen: first === undefined ? null : new Date(first).toISOString(),
  }
}

const toSixDigits = (value: number): number => Math.round(value * 1e6) / 1e6

const EXAMPLE: z.infer<typeof ClustersPage> = {
  metadata: {
    total_count: 1204,
    returned_count: 1,
    time_window: timeWindowExample,
    previous_total_count: 1150,
    previous_time_window: { start: '2026-10-02T00:00:00.000Z', end: '2026-10-31T23:59:59.999Z' },
  },
  data: [
    {
      cluster: 'delivery',
      count: 301,
      share: 0.25,
      mean_sentiment: -0.412233,
      positive: 32,
      neutral: 70,
      negative: 199,
      previous_count: 230,
      count_change: 71,
      share_change: 0.05,
      first_seen: '2026-01-04T09:22:00.000Z',
    },
  ],
}
