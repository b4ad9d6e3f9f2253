import type { Logger } from '@insights/runtime/logger'
import { addCall } from './add-call.ts'
import type { Usage } from '../../provider/divide-usage.ts'
import { guessUsage, listPrice, TICKS_PER_USD } from '@insights/pipeline/estimate/estimate-cost'
import { BEHIND_MS, createLedger, DAY_MS, dayBefore, type Ledger } from './ledger.ts'
import type { Sum } from './ledger-sum.ts'

/** What a call under way is expected to cost, and on which day that counts: the day of its beginning, UTC. */
export interface Payment {
  day: string
  ticks: number
}

/** What a runner of calls asks. */
export interface Payments {
  /**
   * 0: the next call may be paid, `begin` it at once. Else milliseconds until the next check; `onChange` may come
   * before.
   */
  waitMs(): number
  /** Reserves what a call is expected to cost. A payment ends once: `answered` or `unanswered`. */
  begin(): Payment
  /** Whether the call can still be paid, now that it is about to leave. */
  mayLeave(payment: Payment): boolean
  /** The provider answered about `works`; `model` and `usage` are null when it did not say. */
  answered(
    payment: Payment,
    answer: { model: string | null; usage: Usage | null; works: readonly { tokens: number }[] },
  ): void
  /** `mayBeCharged`: it left, and what became of it is unknown. Then its expected cost counts against the budget. */
  unanswered(payment: Payment, how: { mayBeCharged: boolean }): void
}

export interface Budget extends Payments, Pick<Ledger, 'receive' | 'stop'> {
  /**
   * Why no call may leave, in words and figures; null while one may, or while one of ours is in flight that may cost
   * less.
   */
  held(): string | null
  /** What the whole group has spent today, as far as it is known here; null before the time is known. */
  spentToday(): Sum | null
  /** The part of the budget that is charged or possibly charged; null without a budget, or before the time is known. */
  usedRatio(): number | null
  /** Notices midnight and logs changes; to be called every few seconds. */
  refresh(): void
}

/**
 * Keeps the day's budget of all analyzers together. Each member writes what its calls of a day have cost so far, and
 * what those in flight are expected to cost, into the log (ledger.ts); the sum over members is what the group has used,
 * with nothing counted twice. A call leaves if what is used, what is reserved for calls in flight and what it is
 * expected to cost (the mean of today's calls, of the dearest model) fit into the budget.
 *
 * What can go wrong, and by how much:
 * - Members learn of each other's calls a moment later, so at the end of the budget they may together make the calls of
 *   that moment too many. It is a second at most while much is left, and a tenth of one when little is left.
 * - Calls cost more or less than the mean.
 * - A member that is killed takes with it what the broker has not acknowledged: the cost of calls that began since its
 *   last record, those of the last second. What was in flight at that record stays reserved, since it was probably
 *   charged.
 * - A call that left and got no answer (time-out, broken connection, given up at a stop) counts with its expected cost,
 *   apart from what is known to be charged.
 *
 * Fail closed: with a budget, no call leaves while the broker's time is unknown, when what was written has not come
 * back from the log for long, or when the log holds more of this day than there is memory for. Without one, all is
 * counted and nothing is held back.
 *
 * @param member unique for each run of a process.
 * @param model that is asked; the one that answers may give another name.
 * @param budgetUsd null for none.
 * @param callsPerSecond the cap of the group.
 * @param guessTicks what a call costs before one was made, rather too much. It never keeps the first one from leaving.
 * @param now the broker's epoch milliseconds, null while unknown, and until the log was read.
 * @param publish resolves whether the broker has acknowledged all of it.
 * @param onChange calls may leave again, or may not any more.
 */
export function createBudget({
  member,
  model: asked,
  budgetUsd,
  callsPerSecond,
  guessTicks,
  now,
  publish,
  onChange,
  log,
  later = (run, ms) => void setTimeout(run, ms).unref(),
}: {
  member: string
  model: string
  budgetUsd: number | null
  callsPerSecond: number
  guessTicks: number
  now: () => number | null
  publish: Parameters<typeof createLedger>[0]['publish']
  onChange: () => void
  log: Logger
  later?: (run: () => void, ms: number) => void
}): Budget {
  const budget = budgetUsd === null ? null : Math.round(budgetUsd * TICKS_PER_USD)
  const restMs = () => (isScarce() ? SCARCE_MS : REST_MS)
  const ledger = createLedger({ member, now, publish, restMs, later })
  let warnedOn: string | null = null
  let isHeld = false
  let hasEstimated = false

  /** A clock that is lost for a moment is no other day, and no end of a pause. */
  const lastDay = (): string | null => ledger.today() ?? ledger.lastDay()

  function expectedTicks(day: string): number {
    const known = dearestMean(ledger.sum(day)) ?? dearestMean(ledger.sum(dayBefore(day)))
    return known ?? Math.min(guessTicks, budget ?? Infinity)
  }

  /** For calls that have not begun. */
  const leftTicks = (day: string): number => (budget ?? Infinity) - used(ledger.sum(day)) - ledger.sum(day).reserved

  const isAffordable = (day: string): boolean => leftTicks(day) >= expectedTicks(day)

  function mayBegin(): boolean {
    if (budget === null) return true
    const day = ledger.today()
    return day !== null && !ledger.isBehind() && ledger.isComplete(day) && isAffordable(day)
  }

  /** The group could spend what is left within seconds, so its members must know of each other's calls at once. */
  function isScarce(): boolean {
    const day = ledger.today()
    return day !== null && leftTicks(day) < expectedTicks(day) * callsPerSecond * SCARCE_SECONDS
  }

  function held(): string | null {
    const day = lastDay()
    if (budget === null || day === null) return null
    if (ledger.isBehind()) return `what calls cost was written and not read back for ${BEHIND_MS / 1000} s`
    if (!ledger.isComplete(day)) return `${TOO_MANY} on ${day} (UTC), so what was spent is not known`
    if (isAffordable(day) || ledger.own(day).reserved > 0) return null
    const spent = `${usd(budget - leftTicks(day))} of ${usd(budget)} US dollars are used on ${day} (UTC)`
    return `${spent}, a call costs about ${usd(expectedTicks(day))}; calls go on at midnight UTC, or with a larger DAILY_BUDGET_USD`
  }

  function usedRatio(): number | null {
    const day = lastDay()
    return budget === null || day === null ? null : used(ledger.sum(day)) / budget
  }

  function tell(): void {
    const day = lastDay()
    const ratio = usedRatio()
    if (ratio !== null && ratio >= WARN_RATIO && warnedOn !== day) {
      warnedOn = day
      log.warn({ day, budgetUsd, usedRatio: ratio }, 'the daily budget is nearly used up')
    }
    const detail = held()
    if (isHeld === (detail !== null)) return
    isHeld = detail !== null
    if (isHeld) log.warn({ detail }, 'calls are held because of the daily budget')
    else log.info({ day, budgetUsd }, 'the daily budget allows calls again: calls go on')
  }

  /** Only a budget needs a price that the provider did not report. */
  function costOf(model: string, usage: Usage | null, works: readonly { tokens: number }[]): number {
    if (usage?.cost_usd_ticks || budget === null) return usage?.cost_usd_ticks ?? 0
    if (!hasEstimated)
      log.warn({ model, usage }, 'an answer does not say what it cost: costs are estimated by list price')
    hasEstimated = true
    const tokens = works.reduce((sum, work) => sum + work.tokens, 0)
    return listPrice(model, usage ?? guessUsage(works.length, tokens))
  }

  return {
    waitMs: () => {
      if (budget === null) return 0
      tell()
      if (mayBegin()) return 0
      const at = now()
      return at === null ? CLOCK_MS : Math.min(LOOK_MS, DAY_MS - (at % DAY_MS))
    },
    begin: () => {
      const day = lastDay()
      if (day === null) throw new Error('a call begins before the time is known')
      const ticks = expectedTicks(day)
      ledger.change(day, (own) => ({ ...own, reserved: own.reserved + ticks }))
      return { day, ticks }
    },
    // What it needs is among what is reserved.
    mayLeave: ({ day }) =>
      budget === null ||
      (ledger.today() !== null && !ledger.isBehind() && ledger.isComplete(day) && leftTicks(day) >= 0),
    answered: ({ day, ticks }, { model, usage, works }) => {
      const name = model ?? asked
      const reported = usage !== null && Object.values(usage).some((count) => count > 0) ? usage : null
      const cost = costOf(name, reported, works)
      ledger.change(day, (own) => ({
        ...addCall(own, name, { ...(reported ?? NO_USAGE), cost_usd_ticks: cost }),
        reserved: unreserved(own.reserved, ticks),
      }))
      tell()
    },
    unanswered: ({ day, ticks }, { mayBeCharged }) => {
      ledger.change(day, (own) => ({
        ...own,
        reserved: unreserved(own.reserved, ticks),
        unanswered: own.unanswered + (mayBeCharged ? ticks : 0),
      }))
      tell()
    },
    held,
    spentToday: () => {
      const day = lastDay()
      return day === null ? null : ledger.sum(day)
    },
    usedRatio,
    refresh: () => {
      ledger.tidy()
      tell()
    },
    receive: (signal, appendedAt) => {
      const before = mayBegin()
      ledger.receive(signal, appendedAt)
      if (before === mayBegin()) return
      tell()
      onChange()
    },
    stop: ledger.stop,
  }
}

/** A day that turned out to be one to come, since the broker's clock was wrong, is deleted with what was reserved. */
const unreserved = (reserved: number, ticks: number): number => Math.max(0, reserved - ticks)

const used = ({ cost, unanswered }: Sum): number => cost + unanswered

function dearestMean({ models }: Sum): number | null {
  const means = [...models.values()].map(({ calls, usage }) => Math.ceil(usage.cost_usd_ticks / calls))
  // 0 is of members without a budget, with a server that names no price.
  return Math.max(0, ...means) || null
}

const usd = (ticks: number): string => (ticks / TICKS_PER_USD).toFixed(4)

const NO_USAGE = { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0 }
const TOO_MANY =
  'analyzer.signals holds what more analyzers spent than there is memory for: look for keys spend/… that none of them wrote,'
const WARN_RATIO = 0.8
/** Between two records of a member. */
const REST_MS = 1_000
const SCARCE_MS = 100
const SCARCE_SECONDS = 5
/** Between two checks of a clock that is not known yet. */
const CLOCK_MS = 250
const LOOK_MS = 60_000
