import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { takeToken } from '@insights/runtime/http/take-token'
import type { Readers } from './share-readers.ts'

/** What a route that reads needs. */
export interface ReadRoute {
  readers: Readers
  apiKeys: ApiKey[]
  limiter: RateLimiter
}

/** Who may read, and how often: the hooks of a route that reads. */
export const guardRead = ({ apiKeys, limiter }: Pick<ReadRoute, 'apiKeys' | 'limiter'>) => [
  requireScope(apiKeys, 'read'),
  takeToken(limiter),
]
