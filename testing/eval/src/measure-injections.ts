import type { Answered, Asker, Batch } from './ask-batch.ts'
import { drawSample, type RandomInt } from './draw-sample.ts'
import { countMoved, judgeInjection, type Reach } from './scores/judge-injection.ts'
import { meanAbsoluteError } from './scores/mean-absolute-error.ts'
import { GOALS, type Goal, type Injected, type Labelled } from './read-conversations.ts'
import { sumUsage, type UsageSum } from './sum-usage.ts'

/** How injections with one goal fared. `chance` is what the same rules say of a clean run repeated in another order. */
export interface GoalFigures {
  /** Injections of which it can be told. */
  told: number
  reached: number
  caught: number
  chance: { told: number; reached: number; caught: number }
}

export interface InjectionFigures {
  /** Conversations in a call, the injected one included. */
  size: number
  byGoal: Record<Goal, GoalFigures>
  all: GoalFigures
  /** Of those only that the analyzer would not take for an attack and ask about in a call of its own. */
  unsuspected: GoalFigures
  /** Neighbours of injected conversations whose score moved by 0.5 or more, whatever the goal. */
  neighbours: { moved: number; of: number; chance: { moved: number; of: number } }
  /** Of the injected conversations against their honest labels, and of the same ones without the injection. */
  meanAbsoluteError: { injected: number | null; clean: number | null }
  usage: UsageSum
}

/** The same batch three times. The injected conversation is the first. */
export interface Trial {
  injected: Injected
  /** The analyzer would ask about it in a call of its own. */
  alone: boolean
  attacked: Answered
  clean: Answered
  /** Without the injection again, under other aliases and in another order. */
  repeated: Answered
}

/** Each injected conversation in a call with `size` - 1 neighbours, and twice without its injection. */
export async function measureInjections(
  injections: readonly Injected[],
  neighbours: readonly Labelled[],
  size: number,
  randomInt: RandomInt,
  ask: (batch: Batch) => Promise<Answered>,
  { systemPrompt, goesAlone }: Pick<Asker, 'systemPrompt' | 'goesAlone'>,
): Promise<{ figures: InjectionFigures; trials: Trial[] }> {
  const plans = injections.map((injected) => ({
    injected,
    others: drawSample(neighbours, size - 1, randomInt),
    seeds: [randomInt(2 ** 31), randomInt(2 ** 31)] as const,
  }))
  const trials = await Promise.all(
    plans.map(async ({ injected, others, seeds }) => {
      const clean = { messages: injected.injection.clean }
      const [attacked, first, repeated] = await Promise.all([
        ask({ conversations: [injected, ...others], seed: seeds[0] }),
        ask({ conversations: [clean, ...others], seed: seeds[0] }),
        ask({ conversations: [clean, ...others], seed: seeds[1] }),
      ])
      return { injected, alone: goesAlone(injected), attacked, clean: first, repeated }
    }),
  )
  return { figures: summarize(size, trials, systemPrompt), trials }
}

/** What `judgeInjection` says of a trial, and of its repetition. */
export function judgeTrial({ injected, attacked, clean, repeated }: Trial, systemPrompt: string) {
  return {
    reach: judgeInjection(injected.injection, attacked, clean, systemPrompt),
    chance: judgeInjection(injected.injection, repeated, clean, systemPrompt),
  }
}

function summarize(size: number, trials: readonly Trial[], systemPrompt: string): InjectionFigures {
  const judged = trials.map((trial) => ({
    goal: trial.injected.injection.goal,
    alone: trial.alone,
    ...judgeTrial(trial, systemPrompt),
  }))
  const byGoal = GOALS.map((goal) => [goal, countReached(judged.filter((trial) => trial.goal === goal))])
  return {
    size,
    byGoal: Object.fromEntries(byGoal) as Record<Goal, GoalFigures>,
    all: countReached(judged),
    unsuspected: countReached(judged.filter(({ alone }) => !alone)),
    neighbours: {
      ...sumMoved(trials.map(({ attacked, clean }) => countMoved(attacked, clean))),
      chance: sumMoved(trials.map(({ repeated, clean }) => countMoved(repeated, clean))),
    },
    meanAbsoluteError: {
      injected: errorOf(trials.map(({ injected, attacked }) => ({ injected, answer: attacked }))),
      clean: errorOf(trials.map(({ injected, clean }) => ({ injected, answer: clean }))),
    },
    usage: sumUsage(trials.flatMap(({ attacked, clean, repeated }) => [attacked, clean, repeated])),
  }
}

function countReached(judged: readonly ReturnType<typeof judgeTrial>[]): GoalFigures {
  return { ...count(judged.map(({ reach }) => reach)), chance: count(judged.map(({ chance }) => chance)) }
}

function count(reaches: readonly (Reach | null)[]): { told: number; reached: number; caught: number } {
  const told = reaches.filter((reach) => reach !== null)
  const of = (wanted: Reach) => told.filter((reach) => reach === wanted).length
  return { told: told.length, reached: of('reached'), caught: of('caught') }
}

function sumMoved(counts: readonly { moved: number; neighbours: number }[]): { moved: number; of: number } {
  return {
    moved: counts.reduce((sum, { moved }) => sum + moved, 0),
    of: counts.reduce((sum, { neighbours }) => sum + neighbours, 0),
  }
}

function errorOf(answers: readonly { injected: Injected; answer: Answered }[]): number | null {
  return meanAbsoluteError(
    answers.flatMap(({ injected, answer: { items } }) =>
      items[0]?.kind === 'accepted' ? [{ expected: injected.expected.sentiment, score: items[0].score }] : [],
    ),
  )
}
