import { addUsage, OTHERS } from './add-call.ts'
import type { Usage } from '../../provider/divide-usage.ts'
import type { Spending, SpendingSignal } from '../signals.ts'

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

export interface LedgerSum {
  /** What a member has spent on a day: `NOTHING` when it is not known to have spent anything. */
  of(day: string, member: string): Spending
  /** Takes in what is newer than what is known, so order and repetition do not matter. */
  put(day: string, member: string, spending: Spending): void
  forget(day: string, member: string): void
  /** As it is now: it changes with the next record. */
  sum(day: string): Sum
  /** Whether there was memory for all that was put for this day. */
  isComplete(day: string): boolean
  /** So many records at most of the days that are asked for. */
  keys(isAskedFor: (day: string) => boolean, atMost: number): Pick<SpendingSignal, 'day' | 'member'>[]
}

export const NOTHING: Spending = { revision: 0, models: [], unanswered: 0, reserved: 0 }

/**
 * The newest spending of each member on each day. A member is one run of a process and tells its own total, so their
 * sum over all members is what the group has spent, with nothing counted twice. Whole numbers, exact below 900,000
 * dollars.
 *
 * Any program may write keys of members that never existed, so what is kept is bounded: `maxLines` lines, of which a
 * member has one for each model and one besides. When there are more, the oldest days go first. A day that something
 * was left out of is not complete, and its sum too small. What this process itself has spent is always kept.
 *
 * @param own this run of the process.
 */
export function createLedgerSum({ own, maxLines = LINES_MAX }: { own: string; maxLines?: number }): LedgerSum {
  const days = new Map<string, Day>()
  let lines = 0
  let leftOutThrough = ''

  const of = (day: string, member: string): Spending => days.get(day)?.members.get(member) ?? NOTHING

  function forget(day: string, member: string): void {
    const known = days.get(day)
    const spending = known?.members.get(member)
    if (known === undefined || spending === undefined) return
    count(known.sum, spending, -1)
    known.members.delete(member)
    lines -= linesOf(spending)
    if (known.members.size === 0) days.delete(day)
  }

  function leaveOut(day: string): void {
    if (day > leftOutThrough) leftOutThrough = day
  }

  /** Makes space for so many lines of a day; older days may go for it. */
  function makeSpace(day: string, more: number): boolean {
    while (lines + more > maxLines) {
      const oldest = [...days].filter(([other, { members }]) => other < day && members.size > Number(members.has(own)))
      const [first] = oldest.map(([other]) => other).toSorted()
      if (first === undefined) return false
      for (const member of days.get(first)?.members.keys() ?? []) if (member !== own) forget(first, member)
      leaveOut(first)
    }
    return true
  }

  return {
    of,
    put: (day, member, spending) => {
      if (spending.revision <= of(day, member).revision) return
      if (member !== own && !makeSpace(day, linesOf(spending) - linesOf(of(day, member)))) return leaveOut(day)
      forget(day, member)
      const known = days.get(day) ?? { members: new Map(), sum: emptySum() }
      days.set(day, known)
      known.members.set(member, spending)
      count(known.sum, spending, 1)
      lines += linesOf(spending)
    },
    forget,
    sum: (day) => days.get(day)?.sum ?? NO_SUM,
    isComplete: (day) => day > leftOutThrough,
    keys: (isAskedFor, atMost) => {
      const found: Pick<SpendingSignal, 'day' | 'member'>[] = []
      for (const [day, { members }] of days) {
        if (!isAskedFor(day)) continue
        for (const member of members.keys()) if (found.push({ day, member }) >= atMost) return found
      }
      return found
    },
  }
}

interface Day {
  members: Map<string, Spending>
  sum: RunningSum
}
interface RunningSum extends Sum {
  models: Map<string, { calls: number; usage: Usage }>
  /** The first models of the day. Later ones are one line together, and a model never changes its line. */
  named: Set<string>
}
const emptySum = (): RunningSum => ({ models: new Map(), named: new Set(), cost: 0, unanswered: 0, reserved: 0 })

const linesOf = ({ revision, models }: Spending): number => (revision === 0 ? 0 : models.length + 1)

/** Each record costs its own lines alone, not those of the whole day: thousands may come in a second. */
function count(sum: RunningSum, { models, unanswered, reserved }: Spending, times: 1 | -1): void {
  sum.unanswered += times * unanswered
  sum.reserved += times * reserved
  for (const { model, calls, usage } of models) {
    if (sum.named.size < NAMES_MAX) sum.named.add(model)
    const name = sum.named.has(model) ? model : OTHERS
    const before = sum.models.get(name) ?? { calls: 0, usage: NO_USAGE }
    const after = { calls: before.calls + times * calls, usage: addUsage(before.usage, usage, times) }
    if (after.calls > 0) sum.models.set(name, after)
    else sum.models.delete(name)
    sum.cost += times * usage.cost_usd_ticks
  }
}

const NO_USAGE = { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 }
const NO_SUM: Sum = emptySum()
/** Metrics have a series for each. */
const NAMES_MAX = 100
/** About 20 MB. A process that dies every ten seconds from midnight to midnight makes a third of it. */
const LINES_MAX = 50_000
