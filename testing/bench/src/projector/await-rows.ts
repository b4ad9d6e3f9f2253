import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { Running } from './running.ts'
import type { Filled, Mark } from './fill-topic.ts'

/**
 * Resolves when the first record of any partition is in the table, and then when the last of all are: each partition is
 * written in its order. Counting the rows meanwhile would cost the CPU that is measured.
 */
export function createRowWatch(
  { client, table, filled }: { client: ClientBase; table: string; filled: Filled },
  running: Running,
  signal: AbortSignal,
): { first(): Promise<void>; last(): Promise<void> } {
  const statement = `select count(*)::int as seen from ${table}
                       join unnest($1::text[], $2::text[]) as mark (conversation_id, insight_id)
                         on ${table}.conversation_id = mark.conversation_id
                        and ${table}.insight_id::text = mark.insight_id`
  const seen = async (marks: Mark[]): Promise<number> => {
    const parameters = [marks.map((mark) => mark.conversation_id), marks.map((mark) => mark.insight_id)]
    const { rows } = await client.query<{ seen: number }>({ name: 'seen', text: statement, values: parameters })
    return rows[0]?.seen ?? 0
  }

  async function until(marks: Mark[], wanted: number): Promise<void> {
    const deadline = performance.now() + STALL_MS
    for (let look = 1; (await seen(marks)) < wanted; look++) {
      if (look % LOOKS_PER_CHECK === 0) await running.check()
      if (performance.now() > deadline) throw new Error(`the rows have not come within ${STALL_MS / 1000} s`)
      await sleep(LOOK_MS, undefined, { signal })
    }
  }

  return {
    first: () => until(filled.first, 1),
    last: () => until(filled.last, filled.last.length),
  }
}

const LOOK_MS = 20
const LOOKS_PER_CHECK = 100
const STALL_MS = 300_000
