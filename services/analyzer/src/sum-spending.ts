import type { Usage } from './divide-usage.ts'
import type { Spending, SpendingSignal } from './signals.ts'

/** What all members together have spent on a day, as far as it is known here. Ticks. */
export interface Sum {
  models: ReadonlyMap<string, { calls: number; usage: Usage }>
  /** What calls were charged. */
  cost: number
  /** Of calls that may have been charged. */
  unanswered: number
  /** Of calls in flight. */
  reserved: number
}

export interface Ledger {
  /** What a member has spent on a day: `NOTHING` when it is not known to have spent anything. */
  of(day: string, member: string): Spending
  /** Takes in what is newer than what is known, so order and repetition do not matter. */
  put(day: string, member: string, spending: Spending): void
  forget(day: string, member: string): void
  sum(day: string): Sum
  /** Every record that is known, by day. */
  keys(): Pick<SpendingSignal, 'day' | 'member'>[]
}

export const NOTHING: Spending = { revision: 0, models: [], unanswered: 0, reserved: 0 }

/**
 * The newest spending of each member on each day. A member is one run of a process and tells its own total, so their sum over
 * all members is what the group has spent, with nothing counted twice. Whole numbers, exact below 900,000 dollars.
 */
export function createLedger(): Ledger {
  const days = new Map<string, Map<string, Spending>>()
  const sums = new Map<string, Sum>()
  const of: Ledger['of'] = (day, member) => days.get(day)?.get(member) ?? NOTHING

  return {
    of,
    put: (day, member, spending) => {
      if (spending.revision <= of(day, member).revision) return
      const members = days.get(day) ?? new Map<string, Spending>()
      days.set(day, members.set(member, spending))
      sums.delete(day)
    },
    forget: (day, member) => {
      const members = days.get(day)
      members?.delete(member)
      if (members?.size === 0) days.delete(day)
      sums.delete(day)
    },
    sum: (day) => {
      const known = sums.get(day) ?? add([...(days.get(day)?.values() ?? [])])
      if (days.has(day)) sums.set(day, known)
      return known
    },
    keys: () => [...days].flatMap(([day, members]) => [...members.keys()].map((member) => ({ day, member }))),
  }
}

/** A member's spending with one call more. Who invents a model's name for each answer gets one line for all of them (I8). */
export function addCall(spending: Spending, name: string, usage: Usage): Spending {
  const { models } = spending
  const isKnown = models.some(({ model }) => model === name)
  const model = isKnown || models.length < MODELS_MAX ? name : OTHERS
  const before = models.find((line) => line.model === model)
  const line = { model, calls: (before?.calls ?? 0) + 1, usage: before ? addUsage(before.usage, usage) : { ...usage } }
  return { ...spending, models: [...models.filter((other) => other !== before), line] }
}

function add(spendings: readonly Spending[]): Sum {
  const models = new Map<string, { calls: number; usage: Usage }>()
  for (const { model, calls, usage } of spendings.flatMap((spending) => spending.models)) {
    const before = models.get(model)
    models.set(model, before ? { calls: before.calls + calls, usage: addUsage(before.usage, usage) } : { calls, usage })
  }
  const total = (ticks: Iterable<number>) => [...ticks].reduce((sum, more) => sum + more, 0)
  return {
    models,
    cost: total([...models.values()].map(({ usage }) => usage.cost_usd_ticks)),
    unanswered: total(spendings.map(({ unanswered }) => unanswered)),
    reserved: total(spendings.map(({ reserved }) => reserved)),
  }
}

const addUsage = (a: Usage, b: Usage): Usage => ({
  prompt_tokens: a.prompt_tokens + b.prompt_tokens,
  cached_tokens: a.cached_tokens + b.cached_tokens,
  completion_tokens: a.completion_tokens + b.completion_tokens,
  reasoning_tokens: a.reasoning_tokens + b.reasoning_tokens,
  cost_usd_ticks: a.cost_usd_ticks + b.cost_usd_ticks,
})

const MODELS_MAX = 20
const OTHERS = 'others'
