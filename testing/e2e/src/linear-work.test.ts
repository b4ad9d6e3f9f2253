import { seededRandom } from '@insights/sample-conversations/seeded-random'
import { describe, expect, test } from 'vitest'
import { everyPair, knownTexts, type HostileText } from './hostile-texts.fixture.ts'
import { excessOf, measureGrowth } from './measure-growth.ts'
import { textSteps, type TextStep } from './text-steps.fixture.ts'

/**
 * I8: no text costs more than linear work. Each step of any service that reads a text of strangers is a row of
 * `text-steps.fixture.ts`; the texts that are made to hurt are in `hostile-texts.fixture.ts`. `npm test` runs a drawn
 * part of them, `WHOLE_CATALOGUE=true` many more and at larger sizes; `npm run bench -- growth` says what the worst
 * cost.
 */
const isWhole = process.env['WHOLE_CATALOGUE'] === 'true'
const cpuMs = isWhole ? 2_500 : 60
const length = 8 * 1024
/** The slowest are also run at this size and four times that, where a small quadratic part shows. */
const large = isWhole ? 128 * 1024 : 16 * 1024

const catalogue = seededRandom(7, 0).shuffle(everyPair())

describe('four times the text takes at most eight times as long (I8)', () => {
  test.each(textSteps)('$name', { timeout: 120_000 }, (step) => {
    const { slowest, excess } = measureGrowth(step, [...knownTexts, ...catalogue], {
      length,
      cpuMs,
      keep: isWhole ? 4 : 1,
    })
    expect(excess).toBeUndefined()
    const from = Math.min(large, step.reaches >> 2)
    for (const { text } of slowest) expect(excessOf(step, text, from)).toBeUndefined()
  })
})

test('a step whose work is quadratic is found out', { timeout: 120_000 }, () => {
  const trims = (text: string) => {
    for (let from = text.indexOf('{'); from !== -1; from = text.indexOf('{', from + 1)) text.slice(0, from).trim()
  }
  const { excess } = measureGrowth({ name: 'trims', reaches: 4 * length, step: trims }, knownTexts, {
    length,
    cpuMs: 5_000,
    keep: 1,
  })
  expect(excess).toMatchObject({ step: 'trims' })
})

test('a small quadratic part shows in large texts, though not in short ones', { timeout: 120_000 }, () => {
  let sum = 1
  const work = (rounds: number) => {
    for (let i = 0; i < rounds; i++) sum = (Math.imul(sum, 1_103_515_245) + i) | 0
  }
  const asMuchAt = 32 * 1024
  const step: TextStep = {
    name: 'linear and a little quadratic',
    reaches: 512 * 1024,
    step: (text) => work(text.length * (1 + text.length / asMuchAt)),
  }
  const text: HostileText = { name: 'dots', ofLength: (length) => '.'.repeat(length) }
  const excessAt = (length: number) => measureGrowth(step, [text], { length, cpuMs: 1_000, keep: 1 }).excess
  expect(excessAt(2 * 1024)).toBeUndefined()
  expect(excessAt(512 * 1024)).toMatchObject({ step: step.name, text: 'dots' })
})
