import { type Client, DatabaseError } from 'pg'
import type { World } from '../bench.ts'
import { quantile } from '../quantile.ts'
import { against, type Figure, type FigureGroup } from '../write-result.ts'
import { type Question, toParameters } from './list-questions.ts'
import type { Api } from './start-api.ts'

/** Each question is asked so often: the first time brings what it needs into memory and is not counted. */
const ROUNDS = 2
/** A cell that is slow is measured at fewer places: no further one begins after so long. */
const FEWEST_PLACES = 3
const CELL_MS = 3_000
/** Plain SQL takes seconds: it is asked for few places, for no further one after a second, and no longer than this. */
const PLAIN_PLACES = 3
const PLAIN_MS = 1_000
const PLAIN_TIMEOUT_S = 20
const CANCELED = '57014'

export interface Target {
  api: Api
  client: Client
  /** How many places of the year a cell is measured at. */
  places: number
  world: World
}

/** One address with a filter and a length of window, at several places of the year. `Answer` is what it gives. */
export interface Cell<Answer> {
  name: string
  path: string
  /** Beside those of the questions. */
  parameters?: Record<string, string>
  questions: Question[]
  /** Counts by name, of an answer. */
  countsOf(answer: Answer): Counts
  /** The same counts as a user of SQL would ask for them, rows of name and count; null for none. */
  toPlain: ((question: Question) => string) | null
  /** Milliseconds; null when there is no mark. */
  atMost: number | null
}
export type Counts = [name: string | number, count: number][]

export interface Measured {
  figure: Figure
  compared: number
  /** Counts that differ from SQL's own. */
  unequal: number
}

export async function measureCell<Answer>(target: Target, cell: Cell<Answer>): Promise<Measured> {
  const { client, world } = target
  const asked = await askEach(target.api, cell, world)
  const plain = await askPlainly(client, cell, world)
  let [compared, unequal] = [0, 0]
  for (const [place, { counts }] of plain.entries())
    for (const [name, count] of counts === null ? [] : (asked.counts[place] ?? [])) {
      compared++
      const own = counts?.get(String(name)) ?? 0
      if (own === count) continue
      unequal++
      world.say(`${cell.name}, place ${place}: ${name} is ${count}, and ${own} by SQL`)
    }
  const [places, all] = [asked.counts.length, cell.questions.length]
  const name = places < all ? `${cell.name} (${places} of ${all} places)` : cell.name
  const figure = toFigure({ ...cell, name }, asked.times, plain)
  world.say(`${name}: ${String(figure.value)}`)
  return { figure, compared, unequal }
}

/** Whether the counts of cells are those of SQL. */
export function judgeCounts(title: string, measured: Measured[]): FigureGroup {
  const sum = (of: 'compared' | 'unequal') => measured.reduce((total, { [of]: one }) => total + one, 0)
  const figures = [
    { what: 'compared', value: sum('compared') },
    against("not equal to SQL's own", sum('unequal'), { atMost: 0 }, { hard: true }),
  ]
  return { title, figures }
}

async function askEach<Answer>(api: Api, { path, questions, parameters, countsOf }: Cell<Answer>, { signal }: World) {
  const times: number[] = []
  const counts: Counts[] = []
  const start = performance.now()
  for (const [place, question] of questions.entries()) {
    if (place >= FEWEST_PLACES && performance.now() - start > CELL_MS) break
    const query = toParameters(question)
    for (const [name, value] of Object.entries(parameters ?? {})) query.append(name, value)
    for (let round = 0; round < ROUNDS; round++) {
      signal.throwIfAborted()
      const { answer, ms } = await api.get<Answer>(path, query)
      if (round === 0) counts.push(countsOf(answer))
      else times.push(ms)
    }
  }
  return { times, counts }
}

interface Plain {
  /** Null when it takes too long. */
  counts: Map<string, number> | null
  ms: number
}

async function askPlainly(
  client: Client,
  { questions, toPlain }: Pick<Cell<never>, 'questions' | 'toPlain'>,
  { signal }: World,
): Promise<Plain[]> {
  const answers: Plain[] = []
  if (toPlain === null) return answers
  await client.query(`set statement_timeout = '${PLAIN_TIMEOUT_S}s'`)
  const start = performance.now()
  for (const question of questions.slice(0, PLAIN_PLACES)) {
    signal.throwIfAborted()
    if (performance.now() - start > PLAIN_MS) break
    const began = performance.now()
    const rows = await client.query<{ name: string; count: number }>(toPlain(question)).then(
      (result) => result.rows,
      (error: unknown) => {
        if (error instanceof DatabaseError && error.code === CANCELED) return null
        throw error
      },
    )
    const counts = rows && new Map(rows.map(({ name, count }) => [name, count]))
    answers.push({ counts, ms: performance.now() - began })
  }
  return answers
}

function toFigure({ name, atMost }: Pick<Cell<never>, 'name' | 'atMost'>, times: number[], plain: Plain[]): Figure {
  const p99 = quantile(times, 0.99)
  const beside = plain.length === 0 ? '' : `  plain ${showPlain(plain)}`
  const value = `${quantile(times, 0.5).toFixed(1)} / ${p99.toFixed(1)}${beside}`
  return { what: name, value, ...(atMost !== null && { mark: `p99 ≤ ${atMost}`, met: p99 <= atMost }) }
}

function showPlain(plain: Plain[]): string {
  const times = plain.map(({ counts, ms }) => (counts === null ? Infinity : ms))
  const ms = quantile(times, 0.5)
  return ms === Infinity ? `over ${PLAIN_TIMEOUT_S} s` : ms.toFixed(1)
}
