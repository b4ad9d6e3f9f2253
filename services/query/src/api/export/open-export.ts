import { randomBytes } from 'node:crypto'
import type { FragmentSqlToken } from 'slonik'
import { createClient } from '../../database/create-client.ts'

export interface Export {
  /** The next lines, none when all have been read. */
  next(): Promise<string[]>
  /** Ends what Postgres is still doing for it, and the connection. */
  close(): Promise<void>
}

/** For one page of lines: the first may have to sort all of them. */
const STATEMENT_TIMEOUT_MS = 60_000
/** More than the minute after which a client that takes nothing is disconnected. */
const IDLE_TIMEOUT_MS = 120_000
export const LINES_PER_PAGE = 2_000

/**
 * Reads lines through a cursor, on a connection and in a transaction of its own, so that memory does not grow with them
 * and poolers of transactions do no harm. `lines` selects the column `line`. Connects with the first page.
 */
export function openExport(databaseUrl: string, lines: FragmentSqlToken): Export {
  const client = createClient(databaseUrl, { name: 'insights-export' })
  const cursor = `export_${randomBytes(8).toString('hex')}`
  const fetch = { text: `fetch ${LINES_PER_PAGE} from ${cursor}`, rowMode: 'array' } as const
  let opening: Promise<void> | undefined
  /** The server's process, once it is known. */
  let pid: number | undefined
  let isBusy = false

  async function open(): Promise<void> {
    await client.connect()
    // Numbers with all their digits, whatever the server's default is; compiling would take longer than most exports.
    await client.query(
      `begin read only; set local statement_timeout = ${STATEMENT_TIMEOUT_MS};
       set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS};
       set local extra_float_digits = 1; set local jit = off`,
    )
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    pid = rows[0]?.pid
    await client.query(`declare ${cursor} no scroll cursor for ${toPlainSql(lines)}`, [...lines.values])
  }

  return {
    async next() {
      isBusy = true
      await (opening ??= open())
      const { rows } = await client.query<[string]>(fetch)
      isBusy = false
      return rows.map(([line]) => line)
    },
    async close() {
      if (opening === undefined) return
      if (isBusy && pid !== undefined) await cancel(databaseUrl, pid, cursor).catch(() => undefined)
      await client.end().catch(() => undefined)
    },
  }
}

/** A server does not see that its client has gone before it has something to send. */
async function cancel(databaseUrl: string, pid: number, cursor: string): Promise<void> {
  const client = createClient(databaseUrl, { name: 'insights-export' })
  try {
    await client.connect()
    // Behind a pooler the process may be another client's by now: only what reads this cursor is ended.
    await client.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and state = 'active' and strpos(query, $2) > 0`,
      [pid, cursor],
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** As pg numbers its parameters. */
const toPlainSql = ({ sql }: FragmentSqlToken): string => sql.replaceAll('$slonik_', '$')
