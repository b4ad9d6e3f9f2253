import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { describeProblem, problemType } from '@insights/runtime/http/problem'
import { takeToken } from '@insights/runtime/http/take-token'

/**
 * Who may write through the API or see what became of it, and how often: the hooks of a route that is for admins.
 * Without API_KEYS everyone may, as with all routes. A write takes a token of the key's reads: it costs no more than
 * one.
 */
export const guardAdmin = ({ apiKeys, limiter }: { apiKeys: ApiKey[]; limiter: RateLimiter }) => [
  requireScope(apiKeys, 'admin'),
  takeToken(limiter),
]

/** The answer to a key without that scope, for the description of the API. */
export const ADMIN_FORBIDDEN = describeProblem('The API key lacks the scope `admin`', {
  type: problemType('forbidden'),
  title: 'The API key lacks a scope',
  status: 403,
  detail: 'This needs a key with the scope `admin`.',
})
