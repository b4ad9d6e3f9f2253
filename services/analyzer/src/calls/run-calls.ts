import type { Logger } from '@insights/runtime/logger'
import { isOftenUnanswered } from '../answer/retry-unanswered.ts'
import type { RefusalNotice } from '../answer/notice-refusals.ts'
import type { Payment, Payments } from '../group/budget/budget.ts'
import type { CallTicket, Cooldown } from '../group/cooldown/cooldown.ts'
import type { OutcomeDelivery } from '../outcomes/deliver-outcomes.ts'
import type { Provider } from '../provider/provider.ts'
import type { Pacer, Slot } from '../slots/pace-calls.ts'
import type { Work } from '../work/work.ts'
import type { Gatherer } from './gather-batch.ts'
import { logCall } from './log-call.ts'
import type { EndedCall, MakeCall } from './make-call.ts'
import { settleCall, type NoAnswer } from './settle-call.ts'

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
  makeCall,
  evidence,
  outcomes,
  onStarted,
  maxAttempts,
  retryMs,
  retryMaxMs,
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
  connections: Pick<Provider, 'ready' | 'problem' | 'expectCalls'>
  makeCall: MakeCall
  evidence: RefusalNotice['evidence']
  /** Publishes what was decided: that must not keep the next call waiting. */
  outcomes: Pick<OutcomeDelivery, 'ofCall' | 'lost'>
  /** These wait no longer: they are in a call. */
  onStarted: (works: readonly Work[]) => void
  /** A conversation is given up at so many attempts. */
  maxAttempts: number
  /** First and longest time between two retries of a conversation whose calls are refused, or stay unanswered. */
  retryMs: number
  retryMaxMs: number
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
      // As of the moment at which the slot opens, or what is due then would be an empty call.
      started.push(start(gatherer.take(monotonic() + leadMs), slot))
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
    const ended = await makeCall(works, {
      signal: givingUp.signal,
      untilOpen: () => pacer.untilOpen(slot),
      mayLeave: () => pacer.isOpen(slot) && payments.mayLeave(payment),
    })
    const { end } = ended
    account(works, ended, ticket, payment)
    const waits = { backoffMs: retryMs, maxWaitMs: retryMaxMs }
    const circumstances = { maxAttempts, answers, ...evidence(), now: monotonic(), ...waits }
    const fates = settleCall(works, end, circumstances)
    logCall(log, ended, fates, { isQuiet: cooldown.reason() !== null })
    if (end.kind === 'answered' || end.kind === 'refused')
      outcomes.ofCall(ended.call, { ...fates, again: [...fates.again, ...fates.unanswered] }, end.judgement)
    // That one is asked about again and again is progress.
    if (end.kind === 'refused' && works.length === 1) for (const { owned } of fates.unanswered) owned.retried()
    outcomes.lost(fates.lost)
    gatherer.putBack(fates.again)
    gatherer.putUnanswered(fates.unanswered)
  }

  /** What the call says about the provider and its price: money, cool-down, how many calls are needed at once. */
  function account(works: readonly Work[], { end, lastedMs }: EndedCall, ticket: CallTicket, payment: Payment): void {
    const left = lastedMs !== null
    if (left && end.kind !== 'aborted') concurrency.observe(lastedMs)
    if (end.kind === 'answered') {
      answers++
      payments.answered(payment, { model: end.judgement.model, usage: end.judgement.usage, works })
      return cooldown.succeeded(ticket)
    }
    if (end.kind === 'refused') {
      const { reason } = end.judgement
      if (reason !== 'not_a_completion') answers++
      if (reason === 'blocked' || reason === 'not_a_completion')
        payments.answered(payment, { model: null, usage: null, works })
      else payments.unanswered(payment, { mayBeCharged: false })
      return cooldown.succeeded(ticket)
    }
    if (end.kind === 'aborted' || end.kind === 'held') {
      payments.unanswered(payment, { mayBeCharged: left && end.kind === 'aborted' })
      return cooldown.givenUp(ticket, { left })
    }
    payments.unanswered(payment, { mayBeCharged: left && mayBeCharged(end) })
    if (end.reason === 'request' || !isOftenUnanswered(works)) return cooldown.refused(ticket, end)
    // Other calls are answered: that these are retried is progress, and no reason for a cool-down.
    for (const { owned } of works) owned.retried()
    cooldown.givenUp(ticket, { left: true })
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
const mayBeCharged = ({ reason }: NoAnswer): boolean => reason === 'timeout' || reason === 'network'

/** setTimeout's own bound is 2^31 - 1 ms; beyond, it fires at once. */
const MAX_TIMER_MS = 60 * 60 * 1000
/** While no slot is ours, or the clock or the lease is in doubt. */
const BLOCKED_MS = 100
/** What it takes to make the requests of a slot. */
const LEAD_MS = 8
const LEAD_PER_CALL_MS = 1.5
/** A connection is being set up. */
const CONNECTING_MS = 20
