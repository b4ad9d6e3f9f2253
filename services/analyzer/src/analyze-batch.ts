import type { Logger } from '@insights/runtime/logger'
import type { AskOptions, Grok } from './ask-grok.ts'
import type { AskResult } from './classify-response.ts'
import { decideOutcomes, type Outcomes } from './decide-outcomes.ts'
import type { Usage } from './divide-usage.ts'
import { judgeAnswer } from './judge-answer.ts'
import type { AnalyzerMetrics } from './metrics.ts'
import { buildPrompt, type PromptSettings } from './prompt.ts'
import type { CallFacts } from './to-outcome-records.ts'
import type { Work } from './work.ts'

export type Analysis =
  | { kind: 'decided'; outcomes: Outcomes; answeredBy: string | null; usage: Usage | null }
  | Exclude<AskResult, { kind: 'answered' | 'rejected' }>

export interface AnalyzeBatchDeps {
  grok: Grok
  settings: PromptSettings
  maxAttempts: number
  metrics: AnalyzerMetrics
  log: Logger
  randomInt: (max: number) => number
  /** Monotonic milliseconds. */
  monotonic: () => number
  /** Gives other work a turn when this has gone on for long: the answers to the calls of a slot come together. */
  takeTurns: () => Promise<void> | undefined
}

/** One call for a batch: asked, judged, decided. It makes one request at once, which leaves when its slot opens. */
export async function analyzeBatch(
  works: readonly Work[],
  call: CallFacts,
  under: Omit<AskOptions, 'callId' | 'cacheKey'>,
  { grok, settings, maxAttempts, metrics, log, randomInt, monotonic, takeTurns }: AnalyzeBatchDeps,
): Promise<Analysis> {
  const { request, aliases } = buildPrompt(works, settings, randomInt)
  let leftAt: number | undefined
  const onLeave = () => {
    leftAt = monotonic()
    under.onLeave()
    metrics.callLeft(works.length)
  }
  const result = await grok.ask(request, { callId: call.callId, cacheKey: call.promptVersion, ...under, onLeave })
  const seconds = leftAt === undefined ? null : (monotonic() - leftAt) / 1000
  metrics.callEnded('reason' in result ? result.reason : result.kind, seconds)
  const about = { callId: call.callId, conversations: works.length, seconds }

  switch (result.kind) {
    case 'answered': {
      await takeTurns()
      const judgement = judgeAnswer(result.body, aliases)
      const outcomes = decideOutcomes(works, aliases, judgement, maxAttempts)
      if (judgement.usage !== null) metrics.used(judgement.usage)
      metrics.countItems('unknown_alias', judgement.unknown)
      const { accepted, failed, again } = outcomes
      const counts = {
        accepted: accepted.length,
        failed: failed.length,
        again: again.length,
        unknown: judgement.unknown,
      }
      const line = { ...about, ...counts, requestId: result.requestId, detail: judgement.detail || undefined }
      if (accepted.length === works.length) log.debug(line, 'call answered')
      else log.warn(line, 'call answered incompletely')
      return { kind: 'decided', outcomes, answeredBy: judgement.model, usage: judgement.usage }
    }
    case 'rejected':
      log.warn({ ...about, reason: result.reason, detail: result.detail }, 'call rejected for its content')
      return {
        kind: 'decided',
        outcomes: decideOutcomes(works, aliases, result, maxAttempts),
        answeredBy: null,
        usage: null,
      }
    case 'weather':
    case 'misconfigured':
    case 'aborted':
    case 'held':
      return result
  }
}
