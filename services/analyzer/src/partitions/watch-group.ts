import type { GroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Logger } from '@insights/runtime/logger'
import { createGroupFollower } from './follow-group.ts'
import type { Ownership } from './own-partitions.ts'
import { createProgressWatch } from './watch-progress.ts'

/** Whether our partitions make progress, as the broker sees it. */
export function watchGroup({
  stallMs,
  monotonic,
  ...following
}: {
  reader: Pick<GroupReader, 'committed' | 'bounds'>
  ownership: Pick<Ownership, 'all'>
  stallMs: number
  /** Why work stands still on purpose; null when it should go on. */
  pausedReason: () => string | null
  monotonic: () => number
  log: Logger
}) {
  const watch = createProgressWatch({ stallMs })
  const follower = createGroupFollower({ ...following, watch, monotonic, everyMs: Math.min(10_000, stallMs / 6) })
  return {
    ...follower,
    /** What stands still although work waits, in words (I9); null: nothing does. */
    wedged: () => watch.finding(monotonic()),
  }
}
