import type { Spending, SpendingSignal } from './signals.ts'
import { createLedger, type Sum } from './sum-spending.ts'
import { createSpendingWriter } from './write-spending.ts'

/** Days are UTC, `yyyy-mm-dd`. */
export interface SpendingBook {
  /** By the broker's time; null while that is unknown. */
  today(): string | null
  /** The last day that was known. */
  lastDay(): string | null
  /** What all members have spent on a day. */
  sum(day: string): Sum
  /** What this one has. */
  own(day: string): Spending
  /** Writes down what this member has spent on a day: soon, and until it is acknowledged. */
  change(day: string, edit: (own: Spending) => Spending): void
  /** What was written has not come back from the log for long: what others write may not come either. */
  isBehind(): boolean
  /** Clears away what is over, and sees to what has not come back; to be called every few seconds. */
  tidy(): void
  /** Every record of the log, in any order and any number of times. */
  receive(signal: SpendingSignal): void
  /** The last state is written before this resolves, unless that takes seconds. */
  stop(): Promise<void>
}

/**
 * What all analyzers spend, by day and member, kept in the compacted log that all of them read from its beginning: what is known
 * is what the log says, so it survives any restart. Days before yesterday are deleted by everybody who sees them. (A call
 * counts on the day of its beginning, so yesterday's may still change.)
 *
 * @param member unique for each run of a process.
 * @param now the broker's epoch milliseconds, null while unknown, and until the log was read.
 * @param publish resolves whether the broker has acknowledged all of it.
 * @param restMs how long a change may wait for others, so that they are written together.
 */
export function createSpendingBook({
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
}): SpendingBook {
  const ledger = createLedger()
  /** Days of our own, with the revision that the broker has acknowledged. */
  const written = new Map<string, number>()
  /** The first record of ours that was sent and has not been read since. */
  let unread: { day: string; revision: number; sentAt: number } | null = null
  let last: { number: number; day: string } | null = null

  const writer = createSpendingWriter({
    pending: () => [...changes(), ...deletions()],
    publish: (signals) => {
      const [first] = signals
      const sentAt = now()
      if (first?.spending && sentAt !== null) unread ??= { day: first.day, revision: first.spending.revision, sentAt }
      return publish(signals)
    },
    acknowledged: (signals) => {
      for (const { day, member: of, spending } of signals)
        if (spending === null) ledger.forget(day, of)
        else written.set(day, spending.revision)
    },
    restMs,
    later,
  })

  function changes(): SpendingSignal[] {
    const days = [...written].filter(([day, revision]) => ledger.of(day, member).revision > revision)
    return days.map(([day]) => ({ day, member, spending: ledger.of(day, member) }))
  }

  function deletions(): SpendingSignal[] {
    const oldest = oldestKept()
    const keys = ledger.keys().filter(({ day }) => day < oldest)
    return keys.slice(0, DELETIONS_MAX).map(({ day, member: of }) => ({ day, member: of, spending: null }))
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
    sum: ledger.sum,
    own: (day) => ledger.of(day, member),
    change: (day, edit) => {
      const own = ledger.of(day, member)
      written.set(day, written.get(day) ?? 0)
      ledger.put(day, member, { ...edit(own), revision: own.revision + 1 })
      writer.wake()
    },
    isBehind,
    tidy: () => {
      const oldest = oldestKept()
      for (const day of written.keys()) if (day < oldest) written.delete(day)
      if (unread !== null && unread.day < oldest) unread = null
      // Acknowledged, and lost all the same? Then it never comes back, unless it is written again.
      if (unread !== null && isBehind()) written.set(unread.day, 0)
      writer.wake()
    },
    receive: ({ day, member: of, spending }) => {
      if (spending !== null) ledger.put(day, of, spending)
      else if (of !== member || day < oldestKept()) ledger.forget(day, of)
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

/** How long a record may take to come back. */
export const BEHIND_MS = 10_000
/** In one request. */
const DELETIONS_MAX = 100
