import { describeProblem, problemType } from '@insights/runtime/http/problem'

/** What a read can be answered with besides its result, for the description of the API. */
export const READ_PROBLEMS = {
  401: describeProblem('No API key, or an unknown one'),
  403: describeProblem('The API key lacks the scope `read`'),
  422: describeProblem('The query is not valid; `errors` lists every fault'),
  429: describeProblem('More than READ_RPS; see Retry-After'),
  503: describeProblem('The database does not answer in time, or too many wide windows are read; see Retry-After', {
    type: problemType('unavailable'),
    title: 'Insights cannot be read at the moment',
    status: 503,
    detail: 'The database does not answer in time. Try again a little later.',
  }),
}
