import { isDeepStrictEqual } from 'node:util'
import { spendingKey, type Spending, type SpendingSignal } from '../signals.ts'
import { createLedgerSum, type Sum } from './ledger-sum.ts'
import { createLedgerWriter } from './ledger-writer.ts'

/** Days are UTC, `yyyy-mm-dd`. */
export interface Ledger {
  /** By the broker's time; null while that is unknown. */
  today(): string | null
  /** The last day that was known. */
  lastDay(): string | null
  /** What all members have spent on a day, as far as there was memory for it. */
  sum(day: string): Sum
  /** Whether there was memory for all that the log says of a day. */
  isComplete(day: string): boolean
  /** What this one has. */
  own(day: string): Spending
  /** Writes down what this member has spent on a day: soon, and until it is acknowledged. */
  change(day: string, edit: (own: Spending) => Spending): void
  /** What was written has not come back from the log for long: what others write may not come either. */
  isBehind(): boolean
  /** Clears away what is over, and sees to what has not come back; to be called every few seconds. */
  tidy(): void
  /** Every record of the log, in any order and any number of times; appended at the broker's epoch milliseconds. */
  receive(signal: SpendingSignal, appendedAt: number): void
  /** The last state is written before this resolves, unless that takes seconds. */
  stop(): Promise<void>
}

/**
 * What all analyzers spend, by day and member, kept in the compacted log that all of them read from its beginning: what
 * is known is what the log says, so it survives any restart. Days before yesterday are deleted by every member that
 * sees them. (A call counts on the day of its beginning, so yesterday's may still change.) So are days to come: no call
 * was made on them, and they would stay for ever and count when their day comes. The broker's time of the record itself
 * decides, which no member's clock can make wrong, with an hour to spare around midnight.
 *
 * The log is not believed blindly: of itself a member takes nothing from it, and writes its own figure again when its
 * key says another; of others it takes no more changes than they can have made, and no deletion of a day that is not
 * over.
 *
 * @param member unique for each run of a process.
 * @param now the broker's epoch milliseconds, null while unknown, and until the log was read.
 * @param publish resolves whether the broker has acknowledged all of it.
 * @param restMs how long a change may wait for others, so that they are written together.
 */
export function createLedger({
  member,
  now,
  publish,
  restMs,
  later,
}: {
  member: string
  now: () => number | null
  publish: (signals: readonly SpendingSignal[]) => Promise<boolean>
  restMs: () => number
  later: (run: () => void, ms: number) => void
}): Ledger {
  const sums = createLedgerSum({ own: member })
  /** Records of days to come, by key, until they are deleted. Beyond the bound they are met again at the next start. */
  const refused = new Map<string, Pick<SpendingSignal, 'day' | 'member'>>()
  /** Days of our own, with the revision that the broker has acknowledged. */
  const written = new Map<string, number>()
  /** Days of our own, with the newest revision that was read back. */
  const readBack = new Map<string, number>()
  /** The first record of ours that was sent and has not been read since. */
  let unread: { day: string; revision: number; sentAt: number } | null = null
  let last: { number: number; day: string } | null = null

  const writer = createLedgerWriter({
    pending: () => [...changes(), ...deletions()],
    publish: (signals) => {
      const [first] = signals
      const sentAt = now()
      if (first?.spending && sentAt !== null) unread ??= { day: first.day, revision: first.spending.revision, sentAt }
      return publish(signals)
    },
    acknowledged: (signals) => {
      for (const { day, member: of, spending } of signals)
        if (spending === null) {
          sums.forget(day, of)
          refused.delete(spendingKey(day, of))
        } else written.set(day, spending.revision)
    },
    restMs,
    later,
  })

  function changes(): SpendingSignal[] {
    const days = [...written].filter(([day, revision]) => sums.of(day, member).revision > revision)
    return days.map(([day]) => ({ day, member, spending: sums.of(day, member) }))
  }

  function deletions(): SpendingSignal[] {
    const keys = [...sums.keys(isOver, DELETIONS_MAX), ...refused.values()]
    return keys.slice(0, DELETIONS_MAX).map(({ day, member: of }) => ({ day, member: of, spending: null }))
  }

  /** Nothing is, before the time is known. */
  function isOver(day: string): boolean {
    return day < oldestKept() || isToCome(day, now() ?? Infinity)
  }

  /** By the broker's time of the record that says so; before the log was read, no other is known. */
  const wasOver = (day: string, at: number): boolean =>
    isToCome(day, at) || day < dayBefore(dayOf(Math.floor(at / DAY_MS)))

  /** Other programs may write under our key. What is ours is known here, and who begins must find it in the log. */
  function checkOwn(day: string, read: Spending, at: number): void {
    const own = sums.of(day, member)
    if (read.revision === own.revision && isDeepStrictEqual(read, own)) readBack.set(day, own.revision)
    else if (isFarAhead(read, day, at))
      writeAgain(day, own.revision) // which all others refuse, too
    else if (read.revision >= own.revision || readBack.get(day) === own.revision) writeAgain(day, read.revision)
  }

  function writeAgain(day: string, revision: number): void {
    const own = sums.of(day, member)
    if (own.revision === 0) return
    sums.put(day, member, { ...own, revision: Math.max(own.revision, revision) + 1 })
    written.set(day, own.revision)
    writer.wake()
  }

  function today(): string | null {
    const at = now()
    if (at === null) return null
    const number = Math.floor(at / DAY_MS)
    if (last?.number !== number) last = { number, day: dayOf(number) }
    return last.day
  }

  /** Yesterday. */
  function oldestKept(): string {
    const day = today() ?? last?.day
    return day === undefined ? '' : dayBefore(day)
  }

  const isBehind = (): boolean => unread !== null && (now() ?? 0) - unread.sentAt > BEHIND_MS

  return {
    today,
    lastDay: () => last?.day ?? null,
    sum: sums.sum,
    isComplete: sums.isComplete,
    own: (day) => sums.of(day, member),
    change: (day, edit) => {
      const own = sums.of(day, member)
      written.set(day, written.get(day) ?? 0)
      sums.put(day, member, { ...edit(own), revision: own.revision + 1 })
      writer.wake()
    },
    isBehind,
    tidy: () => {
      for (const days of [written, readBack]) for (const day of days.keys()) if (isOver(day)) days.delete(day)
      if (unread !== null && isOver(unread.day)) unread = null
      // Acknowledged, and lost all the same? Then it never comes back, unless it is written again.
      if (unread !== null && isBehind()) written.set(unread.day, 0)
      writer.wake()
    },
    receive: ({ day, member: of, spending }, appendedAt) => {
      if (spending === null) {
        refused.delete(spendingKey(day, of))
        // Members delete what is over. Of a day that is not, what was spent stays spent.
        if (wasOver(day, appendedAt)) sums.forget(day, of)
        else if (of === member) writeAgain(day, 0)
      } else if (!isToCome(day, appendedAt)) {
        refused.delete(spendingKey(day, of))
        if (of === member) checkOwn(day, spending, appendedAt)
        else if (!isFarAhead(spending, day, appendedAt)) sums.put(day, of, spending)
      } else if (refused.size < REFUSED_MAX) refused.set(spendingKey(day, of), { day, member: of })
      const isOurs = of === member && day === unread?.day
      if (isOurs && spending !== null && spending.revision >= (unread?.revision ?? 0)) unread = null
    },
    stop: writer.stop,
  }
}

export const DAY_MS = 24 * 60 * 60 * 1000
/** Of the day with this number since 1970. */
const dayOf = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10)
export const dayBefore = (day: string): string => dayOf(Date.parse(day) / DAY_MS - 1)

/** At a moment, broker's epoch milliseconds. */
const isToCome = (day: string, at: number): boolean => Date.parse(day) > at + AHEAD_MS

const AHEAD_MS = 60 * 60 * 1000

/** More changes than a member can have made by then: a record of another program, whose figures are its own. */
const isFarAhead = ({ revision }: Spending, day: string, at: number): boolean =>
  revision > (at - Date.parse(day) + AHEAD_MS) * CHANGES_PER_MS

/** A thousand times as many calls as are ever made. */
const CHANGES_PER_MS = 10
/** About 3 MB. */
const REFUSED_MAX = 10_000
/** How long a record may take to come back. */
export const BEHIND_MS = 10_000
/** In one request. */
const DELETIONS_MAX = 100
