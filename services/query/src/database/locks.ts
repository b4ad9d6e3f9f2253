/**
 * The first word of the advisory locks on the tables; the second is one of these, or a shard of conversations. All that
 * changes the rows of a conversation holds its shard, and all that changes counts holds `COUNTS`, taken last: there is
 * no deadlock. (Migrations have a first word of their own, lock-migrations.ts.)
 */
export const LOCKS = 1936876906

/** Second words. */
export const COUNTS = 1_000
/** One rebuild at a time. */
export const REBUILD = 1_001
/** One process at a time deletes what is too old. */
export const RETENTION = 1_002
