import { parseArgs } from 'node:util'
import { everyPair, knownTexts, type HostileText } from '@insights/e2e/hostile-texts.fixture'
import { cpuOf, measureGrowth } from '@insights/e2e/measure-growth'
import { textSteps, type TextStep } from '@insights/e2e/text-steps.fixture'
import { seededRandom } from '@insights/sample-conversations/seeded-random'
import type { Bench, World } from '../bench.ts'
import { positive } from '../read-options.ts'
import { against, printGroup, writeResult, type Figure } from '../write-result.ts'

/**
 * What the text costs that hurts a step most, in CPU time: for each step that reads a text of strangers, the slowest
 * of many hostile texts, at the sizes that it meets. That four times the text takes at most eight times as long is
 * held by testing/e2e/src/linear-work.test.ts.
 */
export const growth: Bench = {
  name: 'growth',
  shows: 'what the worst hostile text costs in each step that reads one: ms of CPU at 32 KiB, 1 MiB and 2 MiB',
  takes: '3 min',
  options: '[--seconds 2] of searching for each step, [--only NAME]',
  run,
}

const KIB = 1024
/** Records up to this size are prepared between heartbeats. */
const ON_THE_EVENT_LOOP = 32 * KIB
const SIZES = [1024 * KIB, 2048 * KIB]

interface Row {
  step: string
  text: string
  texts: number
  reaches: number
  /** At 32 KiB (or the most that it meets, if less), 1 MiB and 2 MiB; null beyond what it meets. */
  ms: (number | null)[]
}

async function run(argv: string[], { say, signal }: World): Promise<boolean> {
  const options = { seconds: { type: 'string', default: '2' }, only: { type: 'string', default: '' } } as const
  const { values } = parseArgs({ args: argv, options })
  const cpuMs = positive('seconds', values.seconds) * 1_000
  const catalogue = seededRandom(7, 0).shuffle(everyPair())
  const rows: Row[] = []
  for (const step of textSteps.filter(({ name }) => name.includes(values.only))) {
    signal.throwIfAborted()
    const row = worstOf(step, [...knownTexts, ...catalogue], cpuMs)
    rows.push(row)
    say(`${row.step.padEnd(36)} ${row.ms.map((ms) => (ms?.toFixed(1) ?? '').padStart(9)).join('')} ms  ${row.text}`)
    // Ctrl-C is heard.
    await new Promise(setImmediate)
  }
  const prepared = rows.filter(({ step }) => step.startsWith('all of it'))
  const groups = [
    {
      title: 'a whole conversation prepared (suspicion, turns, insight id), worst text',
      figures: [
        ...prepared.map(({ step, ms }) => against(`${step}, 32 KiB`, ms[0] ?? null, { atMost: 25 }, { unit: 'ms' })),
        ...prepared.map(({ step, ms }) => against(`${step}, 1 MiB`, ms[1] ?? null, { atMost: 1_500 }, { unit: 'ms' })),
      ],
    },
    { title: 'each step, worst text: ms at 32 KiB (headers of HTTP: 16) / 1 MiB / 2 MiB', figures: rows.map(toFigure) },
  ]
  for (const group of groups) printGroup(group, say)
  return writeResult('growth', { groups, options: values, details: { rows } }, say)
}

function worstOf({ name, step, reaches }: TextStep, texts: readonly HostileText[], cpuMs: number): Row {
  const { slowest, texts: count } = measureGrowth({ name, step, reaches }, texts, { length: 8 * KIB, cpuMs, keep: 8 })
  // The slowest for its bytes may be another than for its letters, and another when it is large.
  const sized = slowest.map(({ text }) => ({ text, ms: cpuOf(step, ofBytes(text, Math.min(reaches, 64 * KIB)), 2) }))
  const [worst] = sized.toSorted((one, other) => other.ms - one.ms)
  if (worst === undefined) throw new Error(`${name} was run over no text`)
  const cpuAt = (size: number) => cpuOf(step, ofBytes(worst.text, size), 2)
  const small = Math.min(reaches, ON_THE_EVENT_LOOP)
  const ms = [cpuAt(small), ...SIZES.map((size) => (size <= reaches ? cpuAt(size) : null))]
  return { step: name, text: worst.text.name, texts: count, reaches, ms }
}

/** As many bytes in UTF-8, as limits are counted. */
function ofBytes(text: HostileText, bytes: number): string {
  const perUnit = Buffer.byteLength(text.ofLength(bytes)) / bytes
  return text.ofLength(Math.floor(bytes / perUnit))
}

const toFigure = ({ step, ms }: Row): Figure => ({
  what: step,
  value: ms.map((each) => each?.toFixed(1) ?? '–').join(' / '),
})
