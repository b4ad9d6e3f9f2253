const DAY_MS = 24 * 60 * 60 * 1000

/** What was submitted before that time (epoch ms) is not kept; null: everything is. */
export const oldestKept = (retentionDays: number | null, now: number): number | null =>
  retentionDays === null ? null : now - retentionDays * DAY_MS
