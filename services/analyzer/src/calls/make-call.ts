import { isRefused, judgeReply } from '../answer/judge-reply.ts'
import type { RefusalNotice } from '../answer/notice-refusals.ts'
import type { Usage } from '../provider/divide-usage.ts'
import type { AskOptions, Provider, Reply } from '../provider/provider.ts'
import { makeCanaries, type CanaryMode } from '../question/make-canaries.ts'
import { buildPrompt } from '../question/prompt.ts'
import type { CallFacts } from '../work/call-facts.ts'
import type { ItemOutcome } from '../work/item-outcome.ts'
import type { Work } from '../work/work.ts'
import { callOutcomeOf, type CallOutcome } from './call-outcome.ts'
import type { CallEnd } from './settle-call.ts'

/** A call that has ended. Its facts are made once, here: all that follows takes them from this. */
export interface EndedCall {
  call: CallFacts
  /** From the request's leaving until its answer was read, milliseconds; null when it never left. */
  lastedMs: number | null
  requestId: string | null
  end: CallEnd
}

/** Asks about a batch; resolves when the reply is judged. */
export type MakeCall = (works: readonly Work[], under: CallGate) => Promise<EndedCall>

/** When the call leaves, and whether it still may at that moment. */
export type CallGate = Pick<AskOptions, 'signal' | 'untilOpen' | 'mayLeave'>

/** What is counted of a call. */
export interface CallCounters {
  callLeft(conversations: number): void
  /** `seconds` since it left; null when it never did. */
  callEnded(outcome: CallOutcome, seconds: number | null): void
  used(usage: Usage): void
  countItems(outcome: ItemOutcome, count: number): void
}

/**
 * One call for a batch: asked and judged. What becomes of its conversations, settle-call.ts decides. It makes one
 * request at once, which leaves when its slot opens.
 */
export function createMakeCall({
  provider,
  canary,
  model,
  promptVersion,
  refusals,
  counters,
  onLeft,
  newId,
  randomInt,
  monotonic,
  now,
  yieldToEventLoop,
}: {
  provider: Pick<Provider, 'ask'>
  canary: CanaryMode
  model: string
  promptVersion: string
  refusals: Pick<RefusalNotice, 'begin' | 'check' | 'end'>
  counters: CallCounters
  /** The request is being written: nothing may delay it. */
  onLeft: (call: CallFacts, works: readonly Work[]) => void
  newId: () => string
  randomInt: (max: number) => number
  /** Monotonic milliseconds. */
  monotonic: () => number
  /** The broker's time, epoch milliseconds. */
  now: () => number
  /** Lets other work run when this has gone on for long: the answers to the calls of a slot arrive together. */
  yieldToEventLoop: () => Promise<void> | undefined
}): MakeCall {
  async function make(number: number, works: readonly Work[], under: CallGate): Promise<EndedCall> {
    const call: CallFacts = { callId: newId(), startedAt: now(), model, promptVersion }
    const { question, asked } = buildPrompt(works, makeCanaries(canary, works.length, randomInt), randomInt)
    let leftAt: number | undefined
    const onLeave = () => {
      leftAt = monotonic()
      counters.callLeft(works.length)
      onLeft(call, works)
    }
    const reply = await provider.ask(question, { ...under, callId: call.callId, cacheKey: promptVersion, onLeave })
    const lastedMs = leftAt === undefined ? null : monotonic() - leftAt
    const ended = { call, lastedMs, requestId: 'requestId' in reply ? reply.requestId : null }
    const seconds = lastedMs === null ? null : lastedMs / 1000
    if (reply.kind === 'aborted' || reply.kind === 'held') {
      counters.callEnded(reply.kind, seconds)
      return { ...ended, end: reply }
    }

    await yieldToEventLoop()
    const judgement = refusals.check(number, works, judgeReply(reply, asked))
    counters.callEnded(callOutcomeOf(judgement), seconds)
    if (judgement.usage !== null) counters.used(judgement.usage)
    if (judgement.verdict === 'transient' || judgement.verdict === 'misconfigured') {
      const { verdict, reason, detail, retryAfterMs } = judgement
      return { ...ended, end: { kind: verdict, reason, detail, retryAfterMs, unanswered: isUnanswered(reply) } }
    }
    if (isRefused(judgement)) return { ...ended, end: { kind: 'refused', judgement } }
    counters.countItems('unknown_alias', judgement.unknown)
    return { ...ended, end: { kind: 'answered', judgement, aliases: asked.aliases } }
  }

  return async (works, under) => {
    const number = refusals.begin()
    try {
      return await make(number, works, under)
    } finally {
      refusals.end(number)
    }
  }
}

/**
 * Something in the request may be the cause: a text over which the provider fails, or a page in place of an answer. A
 * wrong key or a limit is met by every call.
 */
function isUnanswered(reply: Reply): boolean {
  if (reply.kind === 'broke') return true
  return reply.kind === 'refused' && (reply.asSuccess || reply.refusal.reason === 'unavailable')
}
