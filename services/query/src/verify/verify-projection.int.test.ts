import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeInsights } from '../counts/store-insights.fixture.ts'
import { verifyProjection } from './verify-projection.ts'

const context = await testContext('query-verify')
const client = new pg.Client({ connectionString: context.env['DATABASE_URL'] ?? '' })
const base = Date.parse('2026-03-01T10:00:00Z')
beforeAll(async () => {
  await client.connect()
  const insights = Array.from({ length: 100 }, (_, index) => ({
    conversation_id: `conv_${index}`,
    sentiment_score: (index % 21) / 10 - 1,
    confidence: (index % 100) / 100,
    clusters: [index % 10 === 0 ? 'rare' : 'billing'],
    model: 'simulator',
    created_at: base + index * 1_800_000,
    occurred_at: base - index * 40_000_000,
  }))
  await storeInsights(client, insights, { rollupsFrom: 20 })
})
afterAll(async () => {
  await client.end()
  await context.stop()
})

async function verify() {
  const steps: { what: string; total: number; done: number }[] = []
  const differences: string[] = []
  const { insights, counted, ...result } = await verifyProjection(client, {
    rollupsFrom: 20,
    report: (difference) => void differences.push(difference),
    step: (what, total) => {
      const one = { what, total, done: 0 }
      steps.push(one)
      return (more) => void (one.done += more)
    },
  })
  expect(result.differences).toBe(differences.length)
  return { insights, counted, differences, steps }
}

test('tables that agree have no difference, and progress ends with all rows of both times', async () => {
  expect(await verify()).toEqual({
    insights: 100,
    counted: true,
    differences: [],
    steps: [{ what: 'rows counted', total: 200, done: 200 }],
  })
})

const row = `(facet, time, level, start) = ('cluster=billing', 'created_at', 'hour', '2026-03-01T11:00Z')`
/** Of an insight that there is, the submission before it. */
const failure = (at: string, id = 'conv_1') =>
  `insert into failures values (gen_random_uuid(), '${id}', 'refused', 't', 't', 'd', 1, true, '${at}', 'conversations.received',
     0, 0, '${at}', null, null, '[]', 0, 0, '${at}')`
test.each([
  {
    kind: 'a total that is too high',
    plant: `update facet_totals set insights = insights + 1 where facet = 'cluster=billing'`,
    found: [/^facet_totals: the facet cluster=billing: 91 instead of 90$/],
  },
  {
    kind: 'a total that is missing',
    plant: `delete from facet_totals where facet = ''`,
    found: [/^facet_totals: all insights: no row, for 100 insights$/],
  },
  {
    kind: 'a total of a facet without insights',
    plant: `insert into facet_totals values ('cluster=none', 0)`,
    found: [/^facet_totals: the facet cluster=none: 0 instead of 0, which is no row$/],
  },
  {
    kind: 'usage of another day',
    plant: `update usage_by_day set cost_usd_ticks = cost_usd_ticks + 1 where day = '2026-03-02'`,
    found: [
      /^usage_by_day: 2026-03-02, simulator: \(48,4800,2400,960,240,592561\) instead of \(48,4800,2400,960,240,592560\)/,
    ],
  },
  {
    kind: 'a rollup with another count',
    plant: `update rollups set counts[1] = counts[1] + 1 where ${row}`,
    found: [/^rollups: hour 2026-03-01T11:00:00.000Z of created_at, the facet cluster=billing: other sums/],
  },
  {
    kind: 'a rollup with another sum',
    plant: `update rollups set confidence_micros[2] = 7 where (facet, time, level) = ('', 'occurred_at', 'day') and start = '2026-03-01T00:00Z'`,
    found: [/^rollups: day 2026-03-01T00:00:00.000Z of occurred_at, all insights: other sums/],
  },
  {
    kind: 'a rollup that is missing',
    plant: `delete from rollups where ${row}`,
    found: [/the facet cluster=billing: no row, for 2 insights$/],
  },
  {
    kind: 'rollups of a facet that is too rare, and of hours before and behind all insights',
    plant: `insert into rollups select 'cluster=rare', time, level, start, counts, sentiment_micros, confidence_micros from rollups where ${row};
            insert into rollups select facet, time, level, start + by * interval '1 year', counts, sentiment_micros, confidence_micros
              from rollups, unnest(array[-9, 9]) as by where ${row}`,
    found: [
      /^rollups: hour 2017-.*=billing: a row that should not be there$/,
      /^rollups: hour 2026-.* cluster=rare: a row that should not be there$/,
      /^rollups: hour 2035-.*=billing: a row that should not be there$/,
    ],
  },
  {
    kind: 'an insight that nothing has counted',
    plant: `set insights.projector = '3'; update insights set confidence = confidence + 0.01 where conversation_id = 'conv_1'`,
    undo: `update insights set confidence = confidence - 0.01 where conversation_id = 'conv_1'`,
    found: Array.from({ length: 12 }, () => /other sums/),
  },
  {
    kind: 'an insight without its conversation, and one that is newer than it',
    plant: `delete from conversations where conversation_id = 'conv_1';
            update conversations set origin_offset = 0 where conversation_id = 'conv_2'`,
    undo: `delete from conversations where conversation_id = 'conv_2'`,
    found: [/^insights: conv_1 has no row in conversations$/, /^conversations: conv_2 is older than its insight$/],
  },
  {
    kind: 'a failure that an insight resolves, but no newer one',
    plant: `${failure('2019-01-01Z')}; ${failure('2021-01-01Z')}`,
    undo: 'delete from failures',
    found: [/^failures: \S+ of conv_1 stands beside an insight that resolves it$/],
  },
  {
    kind: 'what stands there from before its erasure',
    plant: `insert into erasures values ('conv_1', '2020-01-01Z', 0, 0, now()), ('conv_2', '2019-01-01Z', 0, 0, now()), ('gone', '2021-01-01Z', 0, 0, now());
            ${failure('2020-06-01Z', 'gone')}`,
    undo: 'delete from failures; delete from erasures',
    found: [/^insights: conv_1 was erased/, /^conversations: conv_1 was erased/, /^failures: gone was erased/],
  },
  {
    kind: 'words without their insight, and an insight without words where all are searchable',
    plant: `insert into insight_words select conversation_id, '' from insights where conversation_id <> 'conv_1';
            insert into insight_words values ('gone', ''); update projection set searchable = true`,
    undo: 'delete from insight_words; update projection set searchable = false',
    found: [/^insight_words: gone has no insight$/, /^insights: conv_1 is not found by its words$/],
  },
])('finds $kind', async ({ plant, undo, found }) => {
  await client.query(plant)
  const { differences } = await verify()
  if (undo !== undefined) await client.query(undo)
  await storeInsights(client, [], { rollupsFrom: 20 })
  expect(differences).toEqual(found.map((pattern) => expect.stringMatching(pattern) as string))
  expect((await verify()).differences).toEqual([])
})

test('counts that are not there yet are not compared', async () => {
  await client.query('update projection set counted = false; delete from rollups')
  expect(await verify()).toMatchObject({ counted: false, differences: [] })
  await storeInsights(client, [], { rollupsFrom: 20 })
  expect(await verify()).toMatchObject({ counted: true, differences: [] })
})

test('npm run verify ends with exit code 1 and what to do, and shows nothing that a terminal would obey', async () => {
  const run = (databaseUrl: string) =>
    promisify(execFile)(
      process.execPath,
      [resolve(import.meta.dirname, '../../../../cli/insights.mjs'), 'verify', '--no-stack-env'],
      {
        env: { ...process.env, DATABASE_URL: databaseUrl },
      },
    )
  const url = new URL(context.env['DATABASE_URL'] ?? '')
  await storeInsights(client, [])
  const agree = '100 insights: totals, rollups and usage are what the rows say, and the tables agree with each other\n'
  expect((await run(url.href)).stdout).toBe(agree)
  await client.query(`insert into facet_totals values (E'cluster=\\x1b[2J', 3)`)
  await client.query(`insert into facet_totals select 'model=' || n, 1 from generate_series(1, 200) as n`)
  const differ = await run(url.href).catch((error: { code: number; stdout: string; stderr: string }) => error)
  expect(differ).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(
      'facet_totals: the facet cluster=\\u{1b}[2J: 3 instead of 0, which is no row\n',
    ) as string,
    stderr: expect.stringMatching(
      /^verify: recounting all insights, in one snapshot\ninsights verify: 201 differences, 100 insights: .*npm run rebuild/,
    ) as string,
  })
  expect(differ.stdout.split('\n')).toHaveLength(102)
  url.port = '1'
  await expect(run(url.href)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ECONNREFUSED') as string,
  })
})
