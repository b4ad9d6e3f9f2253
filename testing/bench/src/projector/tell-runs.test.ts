import { expect, test } from 'vitest'
import { tellRuns, type Pair } from './tell-runs.ts'

const runs = (inserts: number, updates: number) =>
  [inserts, updates].map((recordsPerSecond) => ({
    startSeconds: 1,
    seconds: 10,
    recordsPerSecond,
    cpu: 20,
    postgresCpu: null,
    peakRssBytes: null,
  }))

const marked = (pairs: Pair[]) =>
  tellRuns(pairs).flatMap(({ figures }) =>
    figures.flatMap(({ what, value, met }) => (met === undefined ? [] : [{ what, value, met }])),
  )

test('a ratio is taken within each pair, so that a machine that slowed down between two pairs changes none', () => {
  const pairs = [100, 50, 10].map((speed) => ({
    sink: runs(speed, speed),
    plain: runs(2 * speed, 1.5 * speed),
  }))
  const what = 'ours, the plain table ÷ the sink at its best'
  expect(marked(pairs)).toEqual([
    { what, value: 2, met: true },
    { what, value: 1.5, met: false },
  ])
})

test('without the sink beside it there is no mark to meet', () => {
  expect(marked([{ plain: runs(200, 150) }])).toEqual([])
})
