import type { ClientBase } from 'pg'

/** Two pages are in memory: while one is worked on, the next one is being sent. */
const PAGE = 2_000

/**
 * The rows of a query in pages, through a cursor of the transaction that `client` is in. `name` is the cursor's, an
 * identifier; cursors that are open at once have different ones.
 */
export async function* readRows<Row extends unknown[]>(
  client: ClientBase,
  { name, text, values = [] }: { name: string; text: string; values?: unknown[] },
): AsyncGenerator<Row[]> {
  await client.query(`declare ${name} no scroll cursor for ${text}`, values)
  const fetchPage = async () => (await client.query<Row>({ text: `fetch ${PAGE} from ${name}`, rowMode: 'array' })).rows
  let next = fetchPage()
  for (;;) {
    const page = await next
    if (page.length === 0) break
    next = fetchPage()
    // It is awaited in the next round, if there is one.
    next.catch(() => undefined)
    yield page
  }
  await client.query(`close ${name}`)
}
