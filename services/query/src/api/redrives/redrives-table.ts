import { sql } from 'slonik'
import { z } from 'zod'
import type { Database } from '../reading/open-database.ts'
import { RedriveRow, SILENT, type Counts, type Estimate, type RedriveRow as Row } from './redrive.ts'
import { toFilterRead, type RedriveRequest } from './redrive-request.ts'

/** A run that has not said for so long that it goes on does not. */
const SILENT_AFTER = sql.fragment`interval '30 seconds'`
/** Older rows go: beyond so many, or after so long. */
const MOST_KEPT = 1_000
const KEPT_FOR = sql.fragment`interval '30 days'`

export interface Tracked {
  counts: Counts | null
  estimate: Estimate | null
}
export interface Ended extends Tracked {
  status: 'completed' | 'stopped' | 'failed'
  reason: string | null
}
export type RedrivesTable = ReturnType<typeof createRedrivesTable>

const isSilent = sql.fragment`(status = 'running' and updated_at < now() - ${SILENT_AFTER})`
const columns = sql.fragment`
  id::text, status, reason, filter, dry_run, rate, requested_by, counts, estimate, created_at, updated_at, finished_at,
  ${isSilent} as is_silent`
const Nothing = z.object({})

/** The redrives in Postgres, each change a single statement. Rejects while Postgres is away. */
export function createRedrivesTable(database: Database) {
  return {
    /** Null while another one runs, in whichever process. */
    begin: async (
      id: string,
      { filter, dry_run: dryRun, rate }: RedriveRequest,
      by: string | null,
    ): Promise<Row | null> => {
      await database.write((writer) =>
        writer.any(sql.type(Nothing)`
          update redrives set status = 'stopped', reason = ${SILENT}, finished_at = updated_at where ${isSilent}`),
      )
      const [row] = await database.write((writer) =>
        writer.any(sql.type(RedriveRow)`
          insert into redrives (id, status, filter, dry_run, rate, requested_by)
          values (${id}::uuid, 'running', ${sql.jsonb(toFilterRead(filter))}, ${dryRun}, ${rate}::float8, ${by})
              on conflict do nothing
          returning ${columns}`),
      )
      return row ?? null
    },
    running: async (): Promise<Row | null> =>
      (
        await database.read((reader) =>
          reader.any(sql.type(RedriveRow)`select ${columns} from redrives where status = 'running'`),
        )
      )[0] ?? null,
    /** Says that the run goes on, and how far it is. False: it is another's turn. */
    track: async (id: string, { counts, estimate }: Tracked): Promise<boolean> => {
      const rows = await database.write((writer) =>
        writer.any(sql.type(Nothing)`
          update redrives set updated_at = now(), counts = ${json(counts)}, estimate = ${json(estimate)}
           where id = ${id}::uuid and status = 'running' returning id`),
      )
      return rows.length > 0
    },
    end: (id: string, { status, reason, counts, estimate }: Ended) =>
      database.write((writer) =>
        writer.any(sql.type(Nothing)`
          update redrives set updated_at = now(), finished_at = now(), status = ${status}, reason = ${reason},
                 counts = ${json(counts)}, estimate = ${json(estimate)}
           where id = ${id}::uuid and status = 'running'`),
      ),
    forgetOld: () =>
      database.write((writer) =>
        writer.any(sql.type(Nothing)`
          delete from redrives
           where status <> 'running'
             and (created_at < now() - ${KEPT_FOR}
                  or id in (select id from redrives order by created_at desc, id desc offset ${MOST_KEPT}))`),
      ),
    find: async (id: string): Promise<Row | null> =>
      (
        await database.read((reader) =>
          reader.any(sql.type(RedriveRow)`select ${columns} from redrives where id = ${id}::uuid`),
        )
      )[0] ?? null,
    list: (limit: number) =>
      database.read((reader) =>
        reader.any(sql.type(RedriveRow)`
          select ${columns} from redrives order by redrives.created_at desc, redrives.id desc limit ${limit}`),
      ),
  }
}

const json = (value: Counts | Estimate | null) =>
  value === null ? sql.fragment`null` : sql.fragment`${sql.jsonb(value)}`
