import { ADMIN_FORBIDDEN } from '../publishing/guard-admin.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'

/** What an address of redrives can be answered with besides its result, for the description of the API. */
export const REDRIVE_PROBLEMS = {
  ...READ_PROBLEMS,
  403: ADMIN_FORBIDDEN,
  503: { ...READ_PROBLEMS[503], description: 'The database does not answer in time; see Retry-After' },
}
