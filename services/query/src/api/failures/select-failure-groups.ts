import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { sql } from 'slonik'
import { z } from 'zod'
import type { Reader } from '../reading/open-database.ts'
import { HAS_LONG_TYPE, HAS_SHORT_TYPE, selectsFailures, type FailureSelection } from './failure-selection.ts'

const GroupRow = z.object({
  class: FailureClass,
  problem_type: z.string(),
  count: z.int(),
  retryable_count: z.int(),
  first_failed_at: z.int(),
  last_failed_at: z.int(),
  group_count: z.int(),
  total_count: z.int(),
})
type GroupRow = z.infer<typeof GroupRow>

/**
 * How many failures of the selection there are of each class and type of problem, the most frequent first. Mostly they
 * are counted from the index by problem alone; its condition leaves out types that are too long for an index.
 */
export async function selectFailureGroups(
  reader: Reader,
  { selection, limit }: { selection: FailureSelection; limit: number },
): Promise<readonly GroupRow[]> {
  const count = sql.fragment`
    select class, problem_type, count(*) as count, count(*) filter (where retryable) as retryable_count,
           min(failed_at) as first_failed_at, max(failed_at) as last_failed_at
      from failures
     where ${selectsFailures(selection)}`
  return reader.any(sql.type(GroupRow)`
    with groups as (
      (${count} and ${HAS_SHORT_TYPE} group by class, problem_type)
      union all
      (${count} and ${HAS_LONG_TYPE} group by class, problem_type)
    )
    select class, left(problem_type, 4000) as problem_type, count::float8, retryable_count::float8, first_failed_at,
           last_failed_at, (count(*) over ())::float8 as group_count, (sum(count) over ())::float8 as total_count
      from groups
     order by groups.count desc, last_failed_at desc, class, groups.problem_type
     limit ${limit}`)
}
