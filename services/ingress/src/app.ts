import type { Health } from '@insights/runtime/health'
import type { AllowedHosts } from '@insights/runtime/http/guard-access'
import { createHttpServer, type HttpServer } from '@insights/runtime/http/http-server'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import { acceptConversation, type AcceptConversation } from './accept-conversation.ts'
import { createIngressMetrics } from './ingress-metrics.ts'

export interface AppOptions extends Omit<AcceptConversation, 'metrics'> {
  log: Logger
  metrics: Metrics
  health: Health
  version: string
  maxBytes: number
  allowedHosts?: AllowedHosts
  queued: () => { records: number; bytes: number }
}

/** The HTTP side of ingress, not listening yet. */
export function createApp(o: AppOptions): HttpServer {
  const server = createHttpServer({
    service: 'ingress',
    log: o.log,
    metrics: o.metrics,
    health: o.health,
    bodyLimitBytes: o.maxBytes,
    apiKeys: o.apiKeys,
    ...(o.allowedHosts && { allowedHosts: o.allowedHosts }),
    openapi: {
      title: 'Conversation insights: ingress',
      version: o.version,
      description: 'Takes support conversations and queues them for analysis.',
      tags: [{ name: 'conversations', description: 'Support conversations: sent in, looked at, erased.' }],
    },
  })
  acceptConversation(server, { ...o, metrics: createIngressMetrics(o.metrics, o.queued) })
  return server
}
