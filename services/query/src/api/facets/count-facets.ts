import type { HttpServer } from '@insights/runtime/http/http-server'
import { z } from 'zod'
import { timeWindowExample, TimeWindowRead, toTimeWindowRead } from '../parameters/time-window.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { askRanked } from './ask-ranked.ts'
import { CountFacetsQuery } from './facets-query.ts'
import { rolledPercent } from './rank-facets.ts'
import { selectFacetsOfRows, selectRolledFacets } from './select-facets.ts'

const Facets = z.object({
  metadata: z.object({
    total_count: z.int().describe('Exactly how many insights the filter has.'),
    time_window: TimeWindowRead,
  }),
  data: z
    .array(
      z.object({
        facet: z.string().describe('The parameter that selects by it: `sentiment`, `cluster`, `metadata.KEY` …'),
        values: z
          .array(z.object({ value: z.string(), count: z.int() }))
          .describe('Most frequent first, then by name. Values that no insight of the filter has are not there.'),
      }),
    )
    .describe('sentiment, cluster, source, model, truncated, then the keys of the metadata.'),
})

/** `GET /api/v1/insights/facets`: how many insights of a filter have which values. */
export function countFacets(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/insights/facets',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'countFacets',
        summary: 'How many insights have which sentiment, cluster, source, model and metadata',
        tags: ['insights'],
        description:
          'For the same filter as the list: how many of its insights have each value, exactly, all of one moment. A filter applies to its own facet too: ' +
          'with `cluster=billing` the clusters are those of the insights about billing. An insight may have several clusters, and no value of a ' +
          'key of the metadata, so that counts need not add up to `total_count`.',
        querystring: CountFacetsQuery,
        response: { 200: Facets.meta({ description: 'The counts', examples: [EXAMPLE] }), ...READ_PROBLEMS },
      },
    },
    async ({ query }, reply) => {
      const asked = await askRanked(route.readers, query.selection, {
        rolled:
          rolledPercent(query.selection) !== null
            ? (reader, mostRows) => selectRolledFacets(reader, query, { mostRows })
            : null,
        rows: (reader) => selectFacetsOfRows(reader, query),
      })
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      return {
        metadata: { total_count: asked.value.total, time_window: toTimeWindowRead(query.selection) },
        data: asked.value.facets,
      }
    },
  )
}

const EXAMPLE: z.infer<typeof Facets> = {
  metadata: { total_count: 3, time_window: timeWindowExample },
  data: [
    {
      facet: 'sentiment',
      values: [
        { value: 'negative', count: 2 },
        { value: 'neutral', count: 1 },
      ],
    },
    { facet: 'cluster', values: [{ value: 'delivery', count: 3 }] },
    { facet: 'metadata.channel', values: [{ value: 'email', count: 3 }] },
  ],
}
