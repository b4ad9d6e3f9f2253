import { type ApiKey, requireScope } from '@insights/runtime/http/api-keys'
import { describeProblem, problemType } from '@insights/runtime/http/problem'
import type { RateLimiter } from '@insights/runtime/http/limit-rate'
import { takeToken } from '@insights/runtime/http/take-token'
import { READ_PROBLEMS } from '../reading/read-problems.ts'

/** Who may have records published again, and see what became of it. */
export const guardAdmin = ({ apiKeys, limiter }: { apiKeys: ApiKey[]; limiter: RateLimiter }) => [
  requireScope(apiKeys, 'admin'),
  takeToken(limiter),
]

export const ADMIN_PROBLEMS = {
  ...READ_PROBLEMS,
  403: describeProblem('The API key lacks the scope `admin`', {
    type: problemType('forbidden'),
    title: 'The API key lacks a scope',
    status: 403,
    detail: 'This needs a key with the scope `admin`.',
  }),
  503: { ...READ_PROBLEMS[503], description: 'The database does not answer in time; see Retry-After' },
}
