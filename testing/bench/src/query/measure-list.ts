import type { Client } from 'pg'
import type { World } from '../bench.ts'
import { quantile } from '../quantile.ts'
import { WINDOWS, type WindowName } from '../random-counts.ts'
import { against, type Figure, type FigureGroup } from '../write-result.ts'
import {
  DOUBLE,
  questionsOf,
  SINGLE,
  TEXT,
  TIMES,
  toCondition,
  toParameters,
  type Question,
  type Time,
} from './list-questions.ts'
import type { Api } from './start-api.ts'

/** Each question is asked so often: the first time brings what it needs into memory and is not counted. */
const ROUNDS = 3
/** Plain SQL takes seconds: it is asked for fewer places, and no longer than this. */
const PLAIN_PLACES = 2
const PLAIN_TIMEOUT_MS = 20_000

const KINDS = [
  { title: 'one filter', filters: SINGLE, atMost: 10, withPlain: true },
  { title: 'two filters', filters: DOUBLE, atMost: 50, withPlain: true },
  { title: 'q', filters: TEXT, atMost: 200, withPlain: false },
]

interface Page {
  metadata: { total_count: number; returned_count: number }
}

interface Options {
  api: Api
  client: Client
  places: number
  world: World
}

/** Pages of 100 with their exact total_count. */
export async function measureList({ api, client, places, world }: Options): Promise<FigureGroup[]> {
  await client.query(`set statement_timeout = ${PLAIN_TIMEOUT_MS}`)
  const groups: FigureGroup[] = []
  let others = 0
  let compared = 0
  for (const { title, filters, atMost, withPlain } of KINDS)
    for (const time of TIMES) {
      const figures: Figure[] = []
      for (const [name, toFilter] of Object.entries(filters))
        for (const window of Object.keys(WINDOWS) as WindowName[]) {
          const questions = questionsOf(toFilter, { window, time, places })
          const asked = await askEach(api, questions, world)
          const plain = withPlain ? await askPlainly(client, questions.slice(0, PLAIN_PLACES), world) : []
          for (const [place, { count }] of plain.entries()) {
            if (count === null) continue
            compared++
            if (count !== asked.totals[place]) others++
          }
          figures.push(toFigure(`${name}, ${window}`, asked.times, plain, atMost))
          world.say(`${time}, ${name}, ${window}: ${String(figures.at(-1)?.value)}`)
        }
      groups.push({ title: `${title}, by ${time as Time}: page of 100 with total_count, p50 / p99 in ms`, figures })
    }
  const figures = [
    { what: 'compared', value: compared },
    against("not equal to SQL's own", others, { atMost: 0 }, { hard: true }),
  ]
  return [...groups, { title: 'total_count beside count(*)', figures }]
}

async function askEach(api: Api, questions: Question[], { signal }: World) {
  const times: number[] = []
  const totals: number[] = []
  for (const question of questions)
    for (let round = 0; round < ROUNDS; round++) {
      signal.throwIfAborted()
      const { answer, ms } = await api.get<Page>('/api/v1/insights', toParameters(question))
      if (round === 0) totals.push(answer.metadata.total_count)
      else times.push(ms)
    }
  return { times, totals }
}

async function askPlainly(client: Client, questions: Question[], { signal }: World) {
  const answers: { count: number | null; ms: number }[] = []
  for (const question of questions) {
    signal.throwIfAborted()
    const text = `select count(*)::float8 as count from insights where ${toCondition(question)}`
    const began = performance.now()
    const count = await client.query<{ count: number }>(text).then(
      ({ rows }) => rows[0]?.count ?? null,
      () => null, // takes too long
    )
    answers.push({ count, ms: performance.now() - began })
  }
  return answers
}

function toFigure(what: string, times: number[], plain: { ms: number }[], atMost: number): Figure {
  const p99 = quantile(times, 0.99)
  const beside =
    plain.length === 0
      ? ''
      : `  plain ${quantile(
          plain.map(({ ms }) => ms),
          0.5,
        ).toFixed(1)}`
  const value = `${quantile(times, 0.5).toFixed(1)} / ${p99.toFixed(1)}${beside}`
  return { what, value, mark: `p99 ≤ ${atMost}`, met: p99 <= atMost }
}
