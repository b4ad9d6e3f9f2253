import type { Planned, Store } from '@insights/pipeline/sink/consume-batch'
import { arrayParameter } from '@insights/query/array-parameter'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import type { Pool } from 'pg'
import { PLAIN_TABLE, plainColumns } from './plain-table.ts'

interface Plan extends Planned {
  insights: InsightProduced[]
}

const ROWS_PER_STATEMENT = 3_000

const names = plainColumns.map(({ name }) => name)
const age = (table: string) => `(${table}.origin_appended_at, ${table}.origin_offset)`
/** Lists of one length side by side: `from unnest(…, …)` would first put each of them into a store of its own. */
const upsert = `
  insert into ${PLAIN_TABLE} (${names.join(', ')})
  select ${plainColumns.map(({ type }, index) => `unnest($${index + 1}::${type}[])`).join(', ')}
  on conflict (conversation_id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
   where ${age(PLAIN_TABLE)} < ${age('excluded')}`

/** The newest insight of each conversation into the plain table, as the projector does it into its own. */
export function createPlainStore(pool: Pool): Store<'insightsProduced', Plan, null> {
  return {
    plan: (readings) => {
      const newest = new Map<string, InsightProduced>()
      for (const { decoded } of readings) {
        if (decoded.kind !== 'ok') throw new Error(`the topic holds insights only, and this is ${decoded.kind}`)
        const { value } = decoded
        const known = newest.get(value.conversation_id)
        if (known === undefined || isNewer(value, known)) newest.set(value.conversation_id, value)
      }
      const insights = [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, insight]) => insight)
      return { insights, refusals: [] }
    },
    write: async ({ insights }) => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        for (let from = 0; from < insights.length; from += ROWS_PER_STATEMENT) {
          const some = insights.slice(from, from + ROWS_PER_STATEMENT)
          await client.query(
            upsert,
            plainColumns.map(({ type, value }) => arrayParameter(type, some.map(value) as never[])),
          )
        }
        await client.query('commit')
        client.release()
        return null
      } catch (error) {
        client.release(true)
        throw error
      }
    },
    awayReason: () => null,
    refuse: () => Promise.resolve(null),
    publishes: () => [],
    observe: () => () => undefined,
  }
}

const isNewer = ({ origin }: InsightProduced, { origin: known }: InsightProduced): boolean =>
  (origin.appended_at - known.appended_at || origin.offset - known.offset) > 0
