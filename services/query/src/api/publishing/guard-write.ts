import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { takeToken } from '@insights/runtime/http/take-token'

/**
 * Who may write through the API, and how often: the hooks of a route that does. Without API_KEYS everyone may, as with
 * all routes. A write takes a token of the key's reads: it costs no more than one.
 */
export const guardWrite = ({ apiKeys, limiter }: { apiKeys: ApiKey[]; limiter: RateLimiter }) => [
  requireScope(apiKeys, 'admin'),
  takeToken(limiter),
]
