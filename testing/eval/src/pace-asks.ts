import { setTimeout as sleep } from 'node:timers/promises'
import { doublingMs } from '@insights/runtime/backoff'
import Bottleneck from 'bottleneck'
import type { Answered, Asked, Asker, Batch } from './ask-batch.ts'
import { EvalError } from './eval-error.ts'

export interface PacedAsks {
  /**
   * Asks until there is an answer, at most `MAX_ATTEMPTS` times.
   * @throws EvalError when there is none, or when asking again would not help
   */
  ask(batch: Batch): Promise<Answered>
  /** Nothing leaves any more, and nothing that waits is answered. */
  stop(): void
}

/**
 * At most `perSecond` calls in any second and `concurrency` at once, those that go again included. A call that fails
 * holds all others back, too. `ask` is called when a call may leave.
 */
export function paceAsks(
  { ask: askOnce, untilReady }: Pick<Asker, 'ask' | 'untilReady'>,
  {
    perSecond,
    concurrency,
    backoffMs,
    url,
  }: { perSecond: number; concurrency: number; backoffMs: number; url: string },
): PacedAsks {
  // 10 % more than the interval: the limit on departures then has nothing to hold back but what late timers push
  // together.
  const limiter = new Bottleneck({ minTime: Math.ceil(1100 / perSecond), maxConcurrent: concurrency })
  const stopped = new AbortController()
  let everAnswered = false
  let pausedUntil = 0

  async function ask(batch: Batch): Promise<Answered> {
    for (let attempt = 1; ; attempt++) {
      await untilClear()
      const asked = await limiter.schedule(() => {
        stopped.signal.throwIfAborted()
        // The limiter sets its timers far ahead, so what was refused for all is asked about here.
        return performance.now() < pausedUntil ? HELD : askOnce(batch)
      })
      if (asked.kind === 'answered') {
        everAnswered = true
        return asked
      }
      if (asked.kind === 'held') {
        attempt--
        continue
      }
      if (asked.kind === 'misconfigured') throw new EvalError(explainRefusal(asked.reason, url, asked.detail))
      const why = `${asked.reason}, ${asked.detail}`
      if (!everAnswered && asked.reason === 'network')
        throw new EvalError(`nothing can be asked at ${url} (GROK_BASE_URL): ${asked.detail}`)
      if (attempt === MAX_ATTEMPTS) throw new EvalError(`no answer from ${url} in ${attempt} attempts: ${why}`)
      const wait = Math.max(asked.retryAfterMs ?? 0, doublingMs(attempt - 1, { baseMs: backoffMs, capMs: Infinity }))
      if (wait > MAX_WAIT_MS)
        throw new EvalError(`${url} asks to wait ${Math.round(wait / 1000)} s, too long for an evaluation: ${why}`)
      pausedUntil = Math.max(pausedUntil, performance.now() + wait)
    }
  }

  /** The wait after a failed call is over and a connection is ready. */
  async function untilClear(): Promise<void> {
    // Others may meanwhile have found that it takes longer.
    for (let left = pausedUntil - performance.now(); left > 0; left = pausedUntil - performance.now())
      await sleep(Math.ceil(left), undefined, { signal: stopped.signal })
    if (!(await untilReady())) throw new EvalError(`no connection to ${url} (GROK_BASE_URL) gets ready`)
  }

  return {
    ask,
    stop: () => {
      stopped.abort()
      // Rejects while calls are under way, which is when it is needed.
      limiter.stop({ dropWaitingJobs: true }).catch(() => undefined)
    },
  }
}

const HELD = Promise.resolve<Asked>({ kind: 'held' })
export const MAX_ATTEMPTS = 6
const MAX_WAIT_MS = 5 * 60_000

function explainRefusal(reason: string, url: string, detail: string): string {
  const what: Record<string, string> = {
    api_key: `${url} does not take the key (GROK_API_KEY)`,
    credits: `the account at ${url} has no credits left, or has reached its spending limit`,
    model: `${url} does not know the model (GROK_MODEL) or the address (GROK_BASE_URL)`,
    redirected: `${url} (GROK_BASE_URL) sends its callers elsewhere, and redirects are not followed`,
  }
  return `${what[reason] ?? `${url} does not take the request`}: ${detail}`
}
