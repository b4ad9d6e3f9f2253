import type { Answered, Asker, Batch } from './ask-batch.ts'
import { drawSample, randomFrom } from './draw-sample.ts'
import { EvalError } from './eval-error.ts'
import { judgeTrial, measureInjections, type InjectionFigures, type Trial } from './measure-injections.ts'
import { measurePosition, type PositionFigures } from './measure-position.ts'
import { measureQuality, type Graded, type Quality } from './measure-quality.ts'
import type { Placed } from './scores/position-spread.ts'
import type { Data } from './read-conversations.ts'
import type { Options } from './read-options.ts'
import { sumUsage, TICKS_PER_USD, type UsageSum } from './sum-usage.ts'

/** What was measured, without what it was measured with. */
export interface Measured {
  /** The models that say they answered; more than one when the server changed its mind. */
  models: string[]
  conversations: number
  injections: number
  quality: Quality[]
  injection: InjectionFigures[]
  position: PositionFigures
  /** How many the analyzer would ask about in a call of their own: rightly of the injections, in vain of the others. */
  alone: { injections: number; conversations: number }
  usage: UsageSum
  seconds: number
  /** Every single answer, for a reader who wants to know why. */
  details: {
    quality: (Graded & { size: number })[]
    injections: (Trial & ReturnType<typeof judgeTrial> & { size: number })[]
    position: (Placed & { id: string })[]
  }
}

/** The batch size at which the same conversation is put at each place, and how many are. */
const POSITION_SIZE = 10
const POSITION_SAMPLE = 8

/**
 * Everything that `npm run eval` measures, one thing after the other; the calls of each share the pace.
 * @throws EvalError when the data cannot fill a call, or what `ask` throws
 */
export async function runEval(
  data: Data,
  { sizes, limit, seed }: Pick<Options, 'sizes' | 'limit' | 'seed'>,
  asker: Pick<Asker, 'canariesWith' | 'systemPrompt' | 'goesAlone'>,
  ask: (batch: Batch) => Promise<Answered>,
  { say, now }: { say: (line: string) => void; now: () => number },
): Promise<Measured> {
  const randomInt = randomFrom(seed)
  const conversations = drawSample(data.conversations, limit ?? Infinity, randomInt)
  const injections = drawSample(data.injections, limit ?? Infinity, randomInt)
  const largest = Math.max(...sizes)
  if (largest > conversations.length)
    throw new EvalError(`calls of ${largest} need as many conversations, and there are ${conversations.length}`)

  const position = {
    size: Math.min(POSITION_SIZE, conversations.length),
    moved: Math.min(POSITION_SAMPLE, conversations.length),
  }
  const canaries = asker.canariesWith(position.size)
  const perSize = sizes.map((size) => Math.ceil(conversations.length / size) + 3 * injections.length)
  const total = perSize.reduce((sum, calls) => sum + calls, position.moved * (position.size + canaries + 1))
  const { ask: counted, answers } = countAnswers(ask, total, say)

  const started = now()
  const quality = []
  const injection = []
  for (const size of sizes) {
    say(`${size} in a call: the conversations`)
    quality.push(await measureQuality(conversations, size, randomInt, counted, now))
    say(`${size} in a call: the injections`)
    injection.push(await measureInjections(injections, conversations, size, randomInt, counted, asker))
  }
  say(`the same conversation at each place of ${position.size}`)
  const places = await measurePosition(conversations, { ...position, canaries }, randomInt, counted)

  return {
    models: [...new Set(answers.map(({ model }) => model ?? 'unknown'))].toSorted(),
    conversations: conversations.length,
    injections: injections.length,
    quality: quality.map(({ quality }) => quality),
    injection: injection.map(({ figures }) => figures),
    position: places.figures,
    alone: {
      injections: injections.filter(asker.goesAlone).length,
      conversations: conversations.filter(asker.goesAlone).length,
    },
    usage: sumUsage(answers),
    seconds: (now() - started) / 1000,
    details: {
      quality: quality.flatMap(({ quality: { size }, graded }) => graded.map((one) => ({ size, ...one }))),
      injections: injection.flatMap(({ figures: { size }, trials }) =>
        trials.map((trial) => ({ size, ...trial, ...judgeTrial(trial, asker.systemPrompt) })),
      ),
      position: places.placed,
    },
  }
}

/** Tells after every twentieth of the calls how far it is and what that cost. */
function countAnswers(ask: (batch: Batch) => Promise<Answered>, total: number, say: (line: string) => void) {
  const answers: Answered[] = []
  const step = Math.max(1, Math.round(total / 20))
  return {
    answers,
    ask: async (batch: Batch) => {
      const answer = await ask(batch)
      answers.push(answer)
      if (answers.length % step === 0 || answers.length === total) {
        const { costUsdTicks } = sumUsage(answers)
        say(`  ${answers.length} of ${total} calls, ${(costUsdTicks / TICKS_PER_USD).toFixed(2)} USD so far`)
      }
      return answer
    },
  }
}
