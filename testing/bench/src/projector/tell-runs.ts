import { against, type Figure, type FigureGroup } from '../write-result.ts'
import { kinds, type KindName } from './competitors.ts'
import type { Run } from './measure-run.ts'

/** What each competitor did, back to back: its inserts, then its updates. */
export type Pair = Partial<Record<KindName, Run[]>>

const MB = 1024 * 1024
const ROUNDS = ['inserts', 'updates'] as const
/** Of the sink's rate at its best into the plain table. */
const MARKS = { plain: 1.7, tables: 0.7 } as const

/** The medians of all pairs. A ratio is that of one pair, so that what slows the machine down slows both. */
export function tellRuns(pairs: Pair[]): FigureGroup[] {
  const names = (Object.keys(kinds) as KindName[]).filter((name) => pairs.some((pair) => pair[name] !== undefined))
  const median = (value: (pair: Pair) => number | null | undefined) => medianOf(pairs.map(value))

  const rates = ROUNDS.map((round, index) => {
    const rate = (pair: Pair, name: KindName) => pair[name]?.[index]?.recordsPerSecond
    const ratio = (name: keyof typeof MARKS) =>
      median((pair) => {
        const [own, sink] = [rate(pair, name), rate(pair, 'sink')]
        return own === undefined || sink === undefined ? null : own / sink
      })
    const marked = (Object.keys(MARKS) as (keyof typeof MARKS)[])
      .filter((name) => ratio(name) !== null)
      .map((name) => against(`${kinds[name].title} ÷ the sink at its best`, ratio(name), { atLeast: MARKS[name] }))
    const told = names.map((name): Figure => ({
      what: kinds[name].title,
      value: median((pair) => rate(pair, name)),
      unit: 'records/s',
    }))
    return { title: `${round}, median of ${pairs.length}`, figures: [...told, ...marked] }
  })

  const costs = names.map((name) => ({
    title: `what ${kinds[name].title} takes, inserts / updates`,
    figures: [
      cost('core-seconds for a million records', (run) => run.cpu, 1),
      cost("Postgres' core-seconds for a million records", (run) => run.postgresCpu, 1),
      cost('memory at most, MB', (run) => (run.peakRssBytes === null ? null : run.peakRssBytes / MB), 0),
      cost('from its start to the first row, s', (run) => run.startSeconds, 1),
    ].map((tell) => tell(name)),
  }))
  return [...rates, ...costs]

  function cost(what: string, value: (run: Run) => number | null, digits: number) {
    return (name: KindName): Figure => {
      const each = ROUNDS.map((_, index) =>
        median((pair) => {
          const run = pair[name]?.[index]
          return run === undefined ? null : value(run)
        }),
      )
      return { what, value: each.map((one) => one?.toFixed(digits) ?? '–').join(' / ') }
    }
  }
}

function medianOf(values: (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined).toSorted((a, b) => a - b)
  const middle = known[Math.floor((known.length - 1) / 2)]
  const other = known[Math.ceil((known.length - 1) / 2)]
  return middle === undefined || other === undefined ? null : (middle + other) / 2
}
