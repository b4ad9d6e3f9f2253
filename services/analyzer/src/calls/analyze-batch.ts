import type { Logger } from '@insights/runtime/logger'
import type { AskOptions, Grok } from '../provider/ask-grok.ts'
import { decideOutcomes, type Outcomes } from '../answer/decide-outcomes.ts'
import type { Usage } from '../provider/divide-usage.ts'
import { judgeResponse, type Judgement } from '../answer/judge-response.ts'
import { makeCanaries, type CanaryMode } from '../question/make-canaries.ts'
import type { OutageNotice } from '../answer/notice-outage.ts'
import { buildPrompt, type PromptSettings } from '../question/prompt.ts'
import type { Broke, NotAsked, Responded } from '../provider/reply.ts'
import type { CallFacts } from '../work/call-facts.ts'
import type { ItemOutcome } from '../work/item-outcome.ts'
import type { Work } from '../work/work.ts'
import type { CallOutcome } from './call-outcome.ts'

export type Analysis =
  { kind: 'decided'; outcomes: Outcomes; answeredBy: string | null; usage: Usage | null } | NoAnswer | NotAsked

/**
 * The provider, the network or the configuration is at fault: nothing is decided about the conversations. `unanswered`:
 * there was no response at all, or something else in its place (a gateway's page).
 */
export interface NoAnswer {
  kind: 'transient' | 'misconfigured'
  reason: string
  detail: string
  retryAfterMs?: number | undefined
  unanswered: boolean
}

/** What is counted of a call. */
export interface CallCounters {
  callLeft(conversations: number): void
  /** `seconds` since it left; null when it never did. */
  callEnded(outcome: CallOutcome, seconds: number | null): void
  used(usage: Usage): void
  countItems(outcome: ItemOutcome, count: number): void
}

export interface AnalyzeBatchDeps {
  grok: Grok
  settings: PromptSettings
  canary: CanaryMode
  maxAttempts: number
  outage: OutageNotice
  counters: CallCounters
  log: Logger
  randomInt: (max: number) => number
  /** Monotonic milliseconds. */
  monotonic: () => number
  /** Epoch milliseconds. */
  now: () => number
  /** Lets other work run when this has gone on for long: the answers to the calls of a slot arrive together. */
  yieldToEventLoop: () => Promise<void> | undefined
}

/** One call for a batch: asked, judged, decided. It makes one request at once, which leaves when its slot opens. */
export async function analyzeBatch(
  works: readonly Work[],
  call: CallFacts,
  under: Omit<AskOptions, 'callId' | 'cacheKey'>,
  {
    grok,
    settings,
    canary,
    maxAttempts,
    outage,
    counters,
    log,
    randomInt,
    monotonic,
    now,
    yieldToEventLoop,
  }: AnalyzeBatchDeps,
): Promise<Analysis> {
  const canaries = makeCanaries(canary, works.length, randomInt)
  const { request, asked } = buildPrompt(works, canaries, settings, randomInt)
  let leftAt: number | undefined
  const onLeave = () => {
    leftAt = monotonic()
    under.onLeave()
    counters.callLeft(works.length)
  }
  const reply = await grok.ask(request, { callId: call.callId, cacheKey: call.promptVersion, ...under, onLeave })
  const seconds = leftAt === undefined ? null : (monotonic() - leftAt) / 1000
  if (reply.kind === 'aborted' || reply.kind === 'held') {
    counters.callEnded(reply.kind, seconds)
    return reply
  }

  await yieldToEventLoop()
  const judgement = outage.check(judgeResponse(reply, asked, now()))
  counters.callEnded(outcomeOf(judgement), seconds)
  if (judgement.usage !== null) counters.used(judgement.usage)
  if (judgement.verdict === 'transient' || judgement.verdict === 'misconfigured') {
    const { verdict, reason, detail, retryAfterMs } = judgement
    return { kind: verdict, reason, detail, retryAfterMs, unanswered: isUnanswered(reply) }
  }
  const outcomes = decideOutcomes(works, asked.aliases, judgement, maxAttempts)
  counters.countItems('unknown_alias', judgement.unknown)
  tell(judgement, outcomes, reply)
  return { kind: 'decided', outcomes, answeredBy: judgement.model, usage: judgement.usage }

  function tell(
    { verdict, reason, detail, unknown }: Judgement,
    { accepted, failed, again }: Outcomes,
    reply: Replied,
  ) {
    const counts = {
      conversations: works.length,
      accepted: accepted.length,
      failed: failed.length,
      again: again.length,
    }
    const requestId = reply.kind === 'responded' ? reply.headers.get('x-request-id') : null
    const line = { callId: call.callId, requestId, seconds, ...counts, unknown }
    if (accepted.length === works.length) log.debug(line, 'call answered')
    else log.warn({ ...line, verdict, reason, detail }, 'call answered incompletely')
  }
}

type Replied = Responded | Broke

/** A real response has headers and a body of its own; without one, something in the request may be the cause. */
const isUnanswered = (reply: Replied): boolean => reply.kind === 'broke' || reply.status === 200

/** As the calls are counted: by what there is to do about it. */
function outcomeOf({ verdict, reason }: Judgement) {
  if (verdict === 'ok') return 'answered'
  if (verdict === 'unknown') return 'unreadable'
  if (verdict === 'transient' || verdict === 'misconfigured') return reason
  return verdict
}
