import { count, describeSpan } from '@insights/runtime/show-progress'
import { describeTally, sumOf, type Tally } from '@insights/pipeline/publish-again/tally'
import type { Estimate } from '@insights/pipeline/estimate/estimate'
import type { Window } from './reanalyze-options.ts'
import type { Prompts } from './why-not-reanalyzed.ts'

export interface Plan {
  window: Window
  /** From when on (epoch ms) the topic still holds the window. */
  heldSince: number
  prompts: Prompts
  /** Insights of the window's conversations, by prompt_version. */
  versions: Tally
  left: Tally
  estimate: Estimate
}

/** What would be done, in lines for an operator. */
export function describePlan({ window, heldSince, prompts, versions, left, estimate }: Plan): string[] {
  const { conversations, calls, usd, known, ms } = estimate
  const cost =
    known === 0 ? 'at most, by list prices and for full calls' : `by what ${count(known)} of their insights took`
  return [
    `submitted from ${time(window.since)} to ${window.until === null ? 'now' : time(window.until)}`,
    ...(heldSince > window.since ? [describeGone(window.since, heldSince)] : []),
    `today's prompt_version is ${prompts.today}, by the variables that this command sees`,
    ...(versions.size === 0 ? [] : ['insights of the window, by prompt_version:', ...describeTally(versions)]),
    ...(sumOf(left) === 0 ? [] : [`${count(sumOf(left))} are left alone:`, ...describeTally(left)]),
    `${count(conversations)} conversations are to be analysed once more`,
    ...(conversations === 0
      ? []
      : [
          `  cost: about ${usd.toFixed(usd < 10 ? 4 : 2)} US dollars, ${cost}`,
          `  time: about ${describeSpan(ms)} and ${count(calls)} calls, more where live conversations want the calls`,
        ]),
  ]
}

const describeGone = (since: number, heldSince: number): string =>
  `  conversations.received holds what was submitted from ${time(heldSince)} on; what was submitted from ${time(since)} ` +
  'until then is gone from it, in part or as a whole, and keeps the insights that it has'

const time = (ms: number): string => new Date(ms).toISOString()
