import { WINDOWS, type WindowName } from '../insights/random-counts.ts'
import type { FigureGroup } from '../write-result.ts'
import {
  type Filters,
  questionsOf,
  SINGLE,
  someWindow,
  TEXT,
  TIMES,
  toCondition,
  TOGETHER,
  type Question,
} from './list-questions.ts'
import { judgeCounts, type Measured, measureCell, type Target } from './measure-cell.ts'

interface Kind {
  title: string
  filters: Filters
  atMost: number
  /** Where plain SQL is asked, too: it would read the texts of all insights to look for a word. */
  plainIn: WindowName[]
}
const EVERYWHERE = Object.keys(WINDOWS) as WindowName[]
const KINDS: Kind[] = [
  { title: 'one filter', filters: SINGLE, atMost: 10, plainIn: EVERYWHERE },
  { title: 'filters together', filters: TOGETHER, atMost: 50, plainIn: EVERYWHERE },
]
const WORDS: Kind = { title: 'q', filters: TEXT, atMost: 200, plainIn: ['hour'] }

interface Page {
  metadata: { total_count: number }
}

/** Pages of 100 with their exact total_count, beside count(*). */
export async function measureList(target: Target): Promise<FigureGroup[]> {
  const { client, world, places } = target
  const groups: FigureGroup[] = []
  const all: Measured[] = []
  const notSearchable = await whyNotSearchable(client)
  if (notSearchable !== null) world.say(`q is not measured: ${notSearchable}`)
  for (const { title, filters, atMost, plainIn } of notSearchable === null ? [...KINDS, WORDS] : KINDS)
    for (const time of TIMES) {
      const measured: Measured[] = []
      for (const [name, toFilter] of Object.entries(filters))
        for (const window of EVERYWHERE)
          measured.push(
            await measureCell<Page>(target, {
              name: `${name}, ${window}`,
              path: '/api/v1/insights',
              questions: questionsOf(toFilter, { toWindow: someWindow(window), time, places }),
              countsOf: ({ metadata }) => [['total', metadata.total_count]],
              // Everything is the same insights by both times.
              toPlain: plainIn.includes(window) && (window !== 'all' || time === 'created_at') ? countPlainly : null,
              atMost,
            }),
          )
      all.push(...measured)
      groups.push({
        title: `${title}, by ${time}: page of 100 with total_count, p50 / p99 in ms`,
        figures: measured.map(({ figure }) => figure),
      })
    }
  if (notSearchable !== null)
    groups.push({ title: 'q', figures: [{ what: `not measured: ${notSearchable}`, value: null }] })
  return [...groups, judgeCounts('total_count beside count(*)', all)]
}

const countPlainly = (question: Question): string =>
  `select 'total' as name, count(*)::float8 as count from insights where ${toCondition(question)}`

/** Null when the words of most insights are there. */
async function whyNotSearchable(client: Target['client']): Promise<string | null> {
  const { rows } = await client.query<{ searchable: boolean; share: number }>(
    `select searchable, (select reltuples from pg_class where oid = 'insight_words'::regclass) /
            (select greatest(reltuples, 1) from pg_class where oid = 'insights'::regclass)::float8 as share
       from projection`,
  )
  const { searchable, share } = rows[0] ?? { searchable: false, share: 0 }
  if (!searchable) return 'insights are not searchable by their words in this database (TEXT_SEARCH)'
  return share < 0.5 ? `only ${Math.round(share * 100)} % of the insights have their words in insight_words` : null
}
