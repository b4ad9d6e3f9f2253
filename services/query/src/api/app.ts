import type { ApiKey } from '@insights/runtime/http/api-keys'
import type { Health } from '@insights/runtime/health'
import type { AllowedHosts } from '@insights/runtime/http/guard-access'
import { createHttpServer, type HttpServer } from '@insights/runtime/http/http-server'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import { topicName } from '@insights/schemas/topics'
import { eraseConversation } from './conversations/erase-conversation.ts'
import { getConversation } from './conversations/get-conversation.ts'
import { countFacets } from './facets/count-facets.ts'
import { listClusters } from './facets/list-clusters.ts'
import type { DecodeOriginal } from './failures/decode-original.ts'
import { getFailure } from './failures/get-failure.ts'
import { listFailureGroups } from './failures/list-failure-groups.ts'
import { listFailures } from './failures/list-failures.ts'
import { listInsights } from './insights/list-insights.ts'
import { listTrends } from './trends/list-trends.ts'
import { exportInsights, type ExportOptions } from './export/export-insights.ts'
import { type FollowOptions, followInsights } from './stream/follow-insights.ts'
import { createStreamMetrics } from './stream/stream-metrics.ts'
import { streamInsights } from './stream/stream-insights.ts'
import { listUsage } from './usage/list-usage.ts'
import type { Publish } from './publishing/lazy-publisher.ts'
import { beginRedrive } from './redrives/begin-redrive.ts'
import type { Redriver } from './redrives/create-redriver.ts'
import { getRedrive, listRedrives } from './redrives/read-redrives.ts'
import type { RedrivesTable } from './redrives/redrives-table.ts'
import type { Readers } from './reading/share-readers.ts'

interface AppOptions {
  log: Logger
  metrics: Metrics
  health: Health
  version: string
  apiKeys: ApiKey[]
  allowedHosts?: AllowedHosts
  limiter: RateLimiter
  readers: Readers
  publish: Publish
  exports: ExportOptions
  streams: Pick<FollowOptions, 'mostClients' | 'pollMs' | 'keepAliveMs'>
  decodeOriginal: DecodeOriginal
  redriver: Redriver
  redrives: RedrivesTable
  /** TOPIC_PREFIX. */
  topicPrefix: string
}

/** The query API, not listening yet. */
export function createApp({
  log,
  metrics,
  health,
  version,
  apiKeys,
  allowedHosts,
  limiter,
  readers,
  exports,
  streams,
  decodeOriginal,
  redriver,
  redrives,
  publish,
  topicPrefix,
}: AppOptions): HttpServer {
  const server = createHttpServer({
    service: 'query',
    log,
    metrics,
    health,
    apiKeys,
    ...(allowedHosts && { allowedHosts }),
    openapi: {
      title: 'Conversation insights: query',
      version,
      description:
        'Reads what the analysis of support conversations has found, erases conversations, and publishes failures again.',
      tags: TAGS,
    },
  })
  const route = { readers, apiKeys, limiter }
  listInsights(server, route)
  countFacets(server, route)
  listClusters(server, route)
  listTrends(server, route)
  exportInsights(server, { ...route, ...exports })
  const followers = followInsights({ ...streams, readers, log, metrics: createStreamMetrics(metrics) })
  streamInsights(server, { ...route, followers })
  listUsage(server, route)
  listFailures(server, route)
  listFailureGroups(server, route)
  getFailure(server, { ...route, decodeOriginal })
  beginRedrive(server, { ...route, redriver })
  getRedrive(server, { ...route, table: redrives })
  listRedrives(server, { ...route, table: redrives })
  getConversation(server, route)
  eraseConversation(server, { publish, topic: topicName('insightsProduced', topicPrefix), ...route })
  return server
}

/** Of `conversations` ingress says it, which takes them in. */
const TAGS = [
  { name: 'insights', description: 'What the model found in each conversation: sentiment, topics and why.' },
  { name: 'trends', description: 'Counts and means over time, and by cluster.' },
  { name: 'usage', description: 'Tokens and cost.' },
  { name: 'failures', description: 'What could not be analysed or stored, and why.' },
  { name: 'redrives', description: 'Publishing the records of failures again.' },
]
