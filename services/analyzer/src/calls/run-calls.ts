import type { Logger } from '@insights/runtime/logger'
import { retryUnanswered, isOftenUnanswered } from '../answer/retry-unanswered.ts'
import type { Analysis } from './analyze-batch.ts'
import type { AskOptions } from '../provider/ask-grok.ts'
import type { Gatherer } from './gather-batch.ts'
import type { Payment, Payments } from '../group/budget/budget.ts'
import type { Pacer, Slot } from '../slots/pace-calls.ts'
import type { CallTicket, Cooldown } from '../group/cooldown/cooldown.ts'
import type { Work } from '../work/work.ts'

export interface CallRunner {
  add(work: Work): void
  /** Something that calls depend on has changed: cool-down, budget, clock, partitions. */
  recheck(): void
  /** Forgets what waits and is gone; its calls in flight run on. Returns what it forgot. */
  drop(isGone: (work: Work) => boolean): Work[]
  /**
   * Takes no more work and starts no more calls; resolves when those in flight have ended, given up after `deadlineMs`.
   */
  drain(deadlineMs: number): Promise<void>
}

/**
 * Brings batches, slots, the cool-down and the budget together. A batch is made just before its slot: until then it
 * fills up, and nothing has to be taken back out of a queue when a cool-down begins or partitions move. Just before,
 * because making the request takes milliseconds that the slot does not have, and the more so when several calls share
 * it.
 */
export function createCallRunner({
  gatherer,
  pacer,
  cooldown,
  payments,
  callsPerSlot,
  concurrency,
  connections,
  analyze,
  onStarted,
  onPartitionLost,
  onRetried,
  unansweredMaxWaitMs,
  onCrash,
  log,
  monotonic,
}: {
  gatherer: Gatherer
  pacer: Pacer
  cooldown: Cooldown
  payments: Payments
  callsPerSlot: number
  concurrency: { limit(): number; observe(latencyMs: number): void }
  /** Connections to the provider: a call leaves on one that is set up, or its slot is let go. */
  connections: { ready(): number; problem(): string | null; expectCalls(): void }
  /** Asks about a batch. Resolves with the answer: publishing what came of it must not keep the next call waiting. */
  analyze: (works: readonly Work[], under: Omit<AskOptions, 'callId' | 'cacheKey'>) => Promise<Analysis>
  /** These wait no longer: they are in a call. */
  onStarted: (works: readonly Work[]) => void
  /** These are not in work here any more: another member owns their partition. */
  onPartitionLost: (works: readonly Work[]) => void
  /** These were in another unanswered call although other calls are answered: the retry counts as progress. */
  onRetried: (works: readonly Work[]) => void
  /** Longest time between two retries of such a conversation. */
  unansweredMaxWaitMs: number
  onCrash: (error: unknown) => void
  log: Logger
  monotonic: () => number
}): CallRunner {
  const calls = new Set<Promise<void>>()
  const leadMs = LEAD_MS + LEAD_PER_CALL_MS * callsPerSlot
  const givingUp = new AbortController()
  let stopping = false
  let entering = false
  /** A batch was due at the last check: another conversation makes none due earlier. */
  let isDue = false
  let timer: NodeJS.Timeout | undefined
  /** Calls that were answered. */
  let answers = 0

  /** Finds the slot of the next call and waits for it. Called again whenever something changes that it depends on. */
  function recheck(): void {
    clearTimeout(timer)
    if (stopping || entering) return
    const dueInMs = gatherer.dueInMs(monotonic())
    isDue = dueInMs === 0
    if (dueInMs === null) return cooldown.standDown()
    // Before the cool-down: a probe claimed for a call that cannot be paid would keep all members waiting.
    const unpaidMs = payments.waitMs()
    if (unpaidMs > 0) {
      cooldown.standDown()
      return recheckIn(unpaidMs)
    }
    connections.expectCalls()
    if (calls.size >= limit()) return // a call that ends checks again
    // The cool-down is asked only when there is work to be sent: it may then claim the probe.
    const waitMs = dueInMs > leadMs ? dueInMs : Math.max(dueInMs, cooldown.waitMs())
    if (waitMs === Infinity) return // it says when that changes
    const slot = pacer.next(waitMs, cooldown.admitsSlot)
    if (slot === null) return recheckIn(BLOCKED_MS)
    if (slot.inMs > leadMs) return recheckIn(slot.inMs - leadMs)
    if (cooldown.waitMs() > 0) return recheckIn(BLOCKED_MS)
    if (connectedCalls() < 1) return recheckIn(CONNECTING_MS)
    entering = true
    const begin = () => {
      entering = false
      const ended = useSlot(slot)
      recheck()
      return ended
    }
    pacer.enter(slot, gatherer.urgency(monotonic()), begin).catch(onCrash)
  }

  /** How many calls can leave at once; any number when they fail at once, because the provider cannot be reached. */
  function connectedCalls(): number {
    return connections.problem() === null ? connections.ready() : Infinity
  }

  function recheckIn(ms: number): void {
    timer = setTimeout(recheck, Math.min(Math.ceil(ms), MAX_TIMER_MS))
  }

  function limit(): number {
    const most = concurrency.limit()
    pacer.setMaxConcurrent(most)
    return most
  }

  /** Up to `callsPerSlot` calls; before each the gates are checked again. Resolves when all have ended. */
  async function useSlot(slot: Slot): Promise<void> {
    const started: Promise<void>[] = []
    const most = Math.min(callsPerSlot, connectedCalls())
    while (started.length < most) {
      const dueInMs = gatherer.dueInMs(monotonic())
      if (stopping || dueInMs === null || dueInMs > leadMs || calls.size >= limit()) break
      if (payments.waitMs() > 0 || cooldown.waitMs() > 0 || pacer.isOver(slot)) break
      started.push(start(gatherer.take(monotonic()), slot))
    }
    await Promise.all(started)
  }

  async function start(works: Work[], slot: Slot): Promise<void> {
    const ticket = cooldown.begin()
    const payment = payments.begin()
    onStarted(works)
    const call = run(works, ticket, payment, slot).catch(onCrash)
    calls.add(call)
    await call
    calls.delete(call)
    recheck()
  }

  async function run(works: readonly Work[], ticket: CallTicket, payment: Payment, slot: Slot): Promise<void> {
    let leftAt: number | undefined
    const analysis = await analyze(works, {
      signal: givingUp.signal,
      untilOpen: () => pacer.untilOpen(slot),
      mayLeave: () => pacer.isOpen(slot) && payments.mayLeave(payment),
      onLeave: () => (leftAt = monotonic()),
    })
    if (leftAt !== undefined && analysis.kind !== 'aborted') concurrency.observe(monotonic() - leftAt)
    if (analysis.kind === 'decided') {
      answers++
      payments.answered(payment, { model: analysis.answeredBy, usage: analysis.usage, works })
      cooldown.succeeded(ticket)
      return putBack(analysis.outcomes.again)
    }
    payments.unanswered(payment, { mayBeCharged: leftAt !== undefined && mayBeCharged(analysis) })
    if (analysis.kind === 'aborted' || analysis.kind === 'held') {
      cooldown.givenUp(ticket, { left: leftAt !== undefined })
      return putBack(works)
    }
    if (isOftenUnanswered(works)) {
      cooldown.givenUp(ticket, { left: true })
      onRetried(works)
    } else cooldown.refused(ticket, analysis)
    const { reason, detail, unanswered } = analysis
    if (cooldown.reason() === null)
      log.info({ reason, detail, conversations: works.length }, 'a call was not answered, its conversations go again')
    if (unanswered)
      gatherer.putUnanswered(
        stillOurs(retryUnanswered(works, { answers, now: monotonic(), maxWaitMs: unansweredMaxWaitMs })),
      )
    else putBack(works)
  }

  function putBack(works: readonly Work[]): void {
    gatherer.putBack(stillOurs(works))
  }

  /** Of a lost partition another member does the work. */
  function stillOurs(works: readonly Work[]): Work[] {
    const lost = works.filter(({ owned }) => owned.lost.aborted)
    if (lost.length > 0) onPartitionLost(lost)
    return works.filter(({ owned }) => !owned.lost.aborted)
  }

  return {
    add: (work) => {
      gatherer.add(work)
      if (!isDue) recheck()
    },
    recheck,
    drop: (isGone) => gatherer.drop(isGone),
    drain: async (deadlineMs) => {
      stopping = true
      clearTimeout(timer)
      const deadline = setTimeout(() => givingUp.abort(), deadlineMs)
      await Promise.all(calls)
      clearTimeout(deadline)
    },
  }
}

/** The provider has it and may be at work; one that refuses a call charges nothing. */
const mayBeCharged = (analysis: Exclude<Analysis, { kind: 'decided' }>): boolean =>
  'reason' in analysis ? ['timeout', 'network'].includes(analysis.reason) : analysis.kind === 'aborted'

/** setTimeout's own bound is 2^31 - 1 ms; beyond, it fires at once. */
const MAX_TIMER_MS = 60 * 60 * 1000
/** While no slot is ours, or the clock or the lease is in doubt. */
const BLOCKED_MS = 100
/** What it takes to make the requests of a slot. */
const LEAD_MS = 8
const LEAD_PER_CALL_MS = 1.5
/** A connection is being set up. */
const CONNECTING_MS = 20
