import type { ClientBase } from 'pg'

/** What is in memory at once. */
const PAGE = 2_000

/**
 * The rows of a query in pages, through a cursor of the transaction that `client` is in. `name` is the cursor's, an
 * identifier; cursors that are open at once have different ones.
 */
export async function* readRows<Row extends unknown[]>(
  client: ClientBase,
  { name, text }: { name: string; text: string },
): AsyncGenerator<Row[]> {
  await client.query(`declare ${name} no scroll cursor for ${text}`)
  for (;;) {
    const { rows } = await client.query<Row>({ text: `fetch ${PAGE} from ${name}`, rowMode: 'array' })
    if (rows.length === 0) break
    yield rows
  }
  await client.query(`close ${name}`)
}
