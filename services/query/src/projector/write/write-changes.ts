import type { ClientBase } from 'pg'
import { toPostgres } from '../../tables/to-postgres.ts'
import { comparePlaces } from '../merge/compare-age.ts'
import type { Event } from '../merge/events.ts'
import type { Changes } from '../merge/to-changes.ts'
import { upsertConversations } from './conversations-table.ts'
import { upsertErasures, upsertFailures, upsertInsights, type FailureRow } from './other-tables.ts'

/** Writes what has changed, but for the counts. */
export async function writeChanges(
  client: ClientBase,
  { conversations, insights, facets, erasures, failures, gone }: Changes,
  unassigned: Extract<Event, { kind: 'failed' }>[],
  { storeMessages }: { storeMessages: boolean },
): Promise<void> {
  await deleteRows(client, 'conversations', gone.conversations)
  await deleteRows(client, 'insights', gone.insights)
  await deleteRows(client, 'erasures', gone.erasures)
  await deleteFailures(client, gone.failures)
  await upsertConversations(
    client,
    conversations.map(({ keepsContent, ...row }) => {
      const content = row.submission.received?.content ?? null
      const messages = storeMessages && content?.messages ? JSON.stringify(content.messages) : null
      return { ...row, content: keepsContent ? null : { metadata: content?.metadata ?? null, messages } }
    }),
  )
  await upsertInsights(client, insights)
  await updateFacets(client, facets)
  await upsertErasures(client, erasures)
  const told = [...failures, ...unassigned.map(({ id, failure }) => ({ id, of: null, failure }))]
  const rows = told.map(({ id, of, failure }): FailureRow => ({ id, of, failure, keepsValue: storeMessages }))
  await upsertFailures(client, newestById(rows))
}

/** Those without a conversation are not merged before, and a statement cannot write a row twice. */
function newestById(rows: FailureRow[]): FailureRow[] {
  const rising = rows.toSorted((a, b) => comparePlaces(a.failure.place, b.failure.place))
  const key = ({ of, id }: FailureRow) => `${of ?? ''} ${id}`
  return [...new Map(rising.map((row) => [key(row), row])).values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

async function deleteRows(client: ClientBase, table: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await client.query(`delete from ${table} where conversation_id = any($1::text[])`, [ids])
}

async function deleteFailures(client: ClientBase, gone: Changes['gone']['failures']): Promise<void> {
  if (gone.length === 0) return
  await client.query(
    `delete from failures using unnest($1::text[], $2::uuid[]) as row (conversation_id, failure_id)
      where failures.conversation_id = row.conversation_id and failures.failure_id = row.failure_id`,
    [gone.map(({ of }) => of), gone.map(({ id }) => id)],
  )
}

async function updateFacets(client: ClientBase, rows: Changes['facets']): Promise<void> {
  if (rows.length === 0) return
  await client.query(
    `update insights set facets = row.facets::text[]
       from unnest($1::text[], $2::text[]) as row (conversation_id, facets)
      where insights.conversation_id = row.conversation_id`,
    [rows.map(({ id }) => id), rows.map((row) => toPostgres['text[]'](row.facets))],
  )
}
