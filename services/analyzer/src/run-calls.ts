import type { Logger } from '@insights/runtime/logger'
import type { Lease } from '@insights/runtime/kafka/lease'
import type { Analysis } from './analyze-batch.ts'
import type { AskOptions } from './ask-grok.ts'
import type { Gatherer } from './gather-batch.ts'
import type { Pacer } from './pace-calls.ts'
import type { CallTicket, Weather } from './weather.ts'
import type { Work } from './work.ts'

export interface CallRunner {
  add(work: Work): void
  /** Forgets what waits of a lost generation. Its calls in flight run on; their answers are published, never committed. */
  drop(lease: Lease): void
  /** Takes no more work and starts no more calls; resolves when those in flight have ended, given up after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>
  inFlight(): number
  waiting(): number
}

/**
 * Brings batches, slots and weather together. At most one call stands in line for a slot, and its batch is taken when the
 * slot has come: until then it fills up, and nothing has to be taken back out of a queue when the weather turns.
 */
export function createCallRunner({
  gatherer,
  pacer,
  weather,
  maxInFlight,
  analyze,
  gone,
  onCrash,
  log,
  monotonic,
}: {
  gatherer: Gatherer
  pacer: Pacer
  weather: Weather
  maxInFlight: number
  /** Asks about a batch. Resolves with the answer: publishing what came of it must not keep the next call waiting. */
  analyze: (works: readonly Work[], under: Pick<AskOptions, 'signal' | 'onLeave'>) => Promise<Analysis>
  /** These conversations are not in work here any more: their partition is somebody else's. */
  gone: (works: readonly Work[]) => void
  onCrash: (error: unknown) => void
  log: Logger
  monotonic: () => number
}): CallRunner {
  const calls = new Set<Promise<void>>()
  const givingUp = new AbortController()
  let inLine = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined

  /** Looks whether a call should get in line now, and if not, when to look again. Whatever changes that calls it. */
  function next(): void {
    clearTimeout(timer)
    const dueInMs = gatherer.dueInMs(monotonic())
    if (stopping || inLine || dueInMs === null || calls.size >= maxInFlight) return
    const waitMs = Math.max(dueInMs, weather.waitMs(monotonic()))
    if (waitMs === Infinity) return // the probe in flight calls again when it ends
    if (waitMs > 0) {
      timer = setTimeout(next, Math.min(waitMs, MAX_TIMER_MS))
      return
    }
    inLine = true
    pacer.schedule(callNow).catch(onCrash)
  }

  async function callNow(onLeave: () => void): Promise<void> {
    inLine = false
    const works = stopping || weather.waitMs(monotonic()) > 0 ? [] : gatherer.take()
    if (works.length === 0) return next()
    const ticket = weather.begin(monotonic())
    const call = run(works, ticket, onLeave).catch(onCrash)
    calls.add(call)
    next()
    await call
    calls.delete(call)
    next()
  }

  async function run(works: readonly Work[], ticket: CallTicket, onLeave: () => void): Promise<void> {
    const analysis = await analyze(works, { signal: givingUp.signal, onLeave })
    const held = weather.reason()
    if (analysis.kind === 'decided') {
      weather.fair(ticket)
      if (held !== null && weather.reason() === null) log.info({ reason: held }, 'Grok answers again')
      return putBack(analysis.outcomes.again)
    }
    if (analysis.kind === 'aborted') weather.givenUp(ticket)
    else {
      weather.bad(ticket, analysis, monotonic())
      tell(analysis, held, works.length)
    }
    putBack(works)
  }

  /** Loudly when something begins, quietly while it lasts. */
  function tell({ kind, reason, detail }: Extract<Analysis, { reason: string }>, held: string | null, count: number) {
    const line = { reason, detail, conversations: count, waitMs: Math.round(weather.waitMs(monotonic())) }
    if (weather.reason() === null) log.info(line, 'a call was not answered, its conversations go again')
    else if (held === reason) log.debug(line, 'Grok still does not answer')
    else if (kind === 'misconfigured') log.error(line, 'Grok refuses every call: calls are held until it is mended')
    else log.warn(line, 'Grok does not answer: nobody is charged, calls are held')
  }

  /** Only what is still ours: of a lost generation another member does the work. */
  function putBack(works: readonly Work[]): void {
    gatherer.putBack(works.filter((work) => !work.lease.signal.aborted))
    const lost = works.filter((work) => work.lease.signal.aborted)
    if (lost.length > 0) gone(lost)
  }

  return {
    add: (work) => {
      gatherer.add(work)
      next()
    },
    drop: (lease) => {
      gone(gatherer.drop((work) => work.lease === lease))
      next()
    },
    drain: async (deadlineMs) => {
      stopping = true
      clearTimeout(timer)
      const deadline = setTimeout(() => givingUp.abort(), deadlineMs)
      await Promise.all(calls)
      clearTimeout(deadline)
    },
    inFlight: () => calls.size,
    waiting: () => gatherer.size(),
  }
}

/** setTimeout's own bound is 2^31 - 1 ms; beyond, it fires at once. */
const MAX_TIMER_MS = 60 * 60 * 1000
