import { sql } from 'slonik'
import type { Position } from '../parameters/cursor.ts'
import type { Reader } from '../reading/open-database.ts'
import { toPlace } from './place-of-failure.ts'
import { failureColumns, FailureRow } from './failure.ts'
import { instant, selectsFailures, type FailureSelection } from './failure-selection.ts'

/**
 * The `limit` newest failures of the selection behind `after`. Their keys are found first, mostly from an index alone:
 * by two filters at once, many rows may have to be passed over. Two conversations may have failures of the same id: who
 * writes records chooses the origin that an id is made of. So the conversation belongs to the place of a failure.
 */
export async function selectFailures(
  reader: Reader,
  { selection, after, limit }: { selection: FailureSelection; after: Position | null; limit: number },
): Promise<readonly FailureRow[]> {
  const place = after === null ? null : toPlace(after)
  const behind =
    place === null
      ? sql.fragment`true`
      : sql.fragment`(failed_at, failure_id, coalesce(conversation_id, ''))
          < (${instant(place.at)}::timestamptz, ${place.failure}::uuid, ${place.conversation})`
  return reader.any(sql.type(FailureRow)`
    with page as (
      select failed_at, failure_id, conversation_id from failures
       where ${selectsFailures(selection)} and ${behind}
       order by failed_at desc, failure_id desc, coalesce(conversation_id, '') desc
       limit ${limit}
    )
    select one.* from page, lateral (
      select ${failureColumns} from failures
       where failures.failure_id = page.failure_id
         and failures.conversation_id is not distinct from page.conversation_id
    ) as one
     order by page.failed_at desc, page.failure_id desc, coalesce(page.conversation_id, '') desc`)
}
