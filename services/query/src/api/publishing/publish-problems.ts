import { describeProblem } from '@insights/runtime/http/problem'
import { ADMIN_FORBIDDEN } from './guard-admin.ts'
import { KAFKA_UNAVAILABLE } from './refuse-publish.ts'

/** What a write that goes through Kafka can be answered with besides its result, for the description of the API. */
export const PUBLISH_PROBLEMS = {
  401: describeProblem('No API key, or an unknown one'),
  403: ADMIN_FORBIDDEN,
  422: describeProblem('The request is not valid; `errors` lists every fault'),
  429: describeProblem('More than READ_RPS, of which each write takes one; see Retry-After'),
  503: describeProblem('Kafka does not acknowledge in time; see Retry-After', KAFKA_UNAVAILABLE),
}
