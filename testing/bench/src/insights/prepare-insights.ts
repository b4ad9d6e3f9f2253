import { makeCounts } from '@insights/query/counts/make-counts'
import { verifyProjection } from '@insights/query/verify/verify-projection'
import { createProgress, type Step } from '@insights/runtime/show-progress'
import pg from 'pg'
import type { World } from '../bench.ts'
import { conversationId, fillInsights } from './fill-insights.ts'
import { against, type Figure } from '../write-result.ts'

const WRITERS = 2
const WORDS_PER_STATEMENT = 20_000

/** Fills the tables, and says how long the recount takes and how large the rollups are. */
export async function prepareInsights(
  client: pg.Client,
  databaseUrl: string,
  { rows, verify, searchable = false }: { rows: number; verify: boolean; searchable?: boolean },
  { say, signal }: World,
): Promise<Figure[]> {
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
      where tablename in ('insights', 'conversations', 'insight_words') and indexname not like '%_pkey'`,
  )
  // Made again behind the rows, as is faster.
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  const triggers = ['insights', 'conversations'].map((table) => `alter table ${table} %s trigger words_written`)
  await client.query(triggers.join(';').replaceAll('%s', 'disable'))
  await fill(databaseUrl, rows, { say, signal })
  await client.query(triggers.join(';').replaceAll('%s', 'enable'))
  await client.query("update projection set facet_keys = '{channel,product}'")
  if (searchable) {
    say('collecting the words')
    await Promise.all(sharesOf(rows).map((share) => withClient(databaseUrl, (own) => fillWords(own, share, signal))))
    await client.query('update projection set text_search = true, searchable = true')
  }
  say('making the indexes again')
  const making = indexes.map(({ definition }) =>
    withClient(databaseUrl, async (own) => void (await own.query(`set maintenance_work_mem = '512MB'; ${definition}`))),
  )
  await Promise.all(making)
  await client.query('vacuum analyze insights, conversations, insight_words')
  say('counting')
  const progress = createProgress({ report: say, now: () => performance.now() })
  const step: Step = (what, total) => {
    const more = progress(what, total)
    return (rows) => {
      signal.throwIfAborted()
      more(rows)
    }
  }
  const counted = await secondsOf(async () => {
    await client.query('begin')
    await makeCounts(client, { step })
    await client.query('commit')
  })
  await client.query('vacuum analyze facet_totals, rollups')
  const figures: Figure[] = [{ what: 'counted from the rows, by makeCounts', value: counted, unit: 's' }]
  if (verify) {
    say('verifying')
    let differences = 0
    const report = () => void differences++
    const took = await secondsOf(async () => void (await verifyProjection(client, { report, step })))
    figures.push(
      { what: 'recounted and compared, by verify', value: took, unit: 's' },
      against('differences that it finds', differences, { atMost: 0 }, { hard: true }),
    )
  }
  const { rows: sizes } = await client.query<{ name: string; mb: number; rows: number }>(
    `select relname as name, pg_total_relation_size(oid) / 1e6::float8 as mb, reltuples as rows
       from pg_class where relname in ('insights', 'conversations', 'insight_words', 'rollups', 'facet_totals') order by relname`,
  )
  return [
    ...figures,
    { what: 'most memory of this process', value: process.resourceUsage().maxRSS / 1024, unit: 'MB' },
    ...sizes.flatMap(({ name, mb, rows }): Figure[] => [
      { what: `${name}, with indexes`, value: mb, unit: 'MB' },
      { what: `${name}, rows`, value: rows },
    ]),
  ]
}

async function fill(databaseUrl: string, rows: number, { say, signal }: World): Promise<void> {
  let made = 0
  const onRows = (count: number) => {
    signal.throwIfAborted()
    made += count
    if (made % 1_000_000 === 0) say(`${made.toLocaleString('en')} insights made`)
  }
  await Promise.all(
    sharesOf(rows).map((share) => withClient(databaseUrl, (own) => fillInsights(own, { ...share, of: rows, onRows }))),
  )
}

interface Share {
  from: number
  to: number
}

function sharesOf(rows: number): Share[] {
  const most = Math.ceil(rows / WRITERS)
  return Array.from({ length: WRITERS }, (_, writer) => ({
    from: writer * most,
    to: Math.min((writer + 1) * most, rows),
  }))
}

/** As the projector does. */
async function fillWords(client: pg.Client, { from, to }: Share, signal: AbortSignal): Promise<void> {
  for (let first = from; first < to; first += WORDS_PER_STATEMENT) {
    signal.throwIfAborted()
    await client.query(
      `insert into insight_words (conversation_id, words)
       select conversation_id, words_of(reasoning, messages) from insights join conversations using (conversation_id)
        where conversation_id >= $1 and conversation_id < $2`,
      [conversationId(first), conversationId(Math.min(first + WORDS_PER_STATEMENT, to))],
    )
  }
}

async function withClient(databaseUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
