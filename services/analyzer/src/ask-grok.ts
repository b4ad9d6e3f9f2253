import type { Logger } from '@insights/runtime/logger'
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { classifyResponse, type AskResult } from './classify-response.ts'
import type { ChatRequest } from './prompt.ts'
import { sendRequest, type Gate } from './send-request.ts'
import { createWarmConnections, NotReadyError } from './warm-connections.ts'

export interface AskOptions extends Gate {
  /** Names the call in the provider's log and in ours. */
  callId: string
  /** The same for calls that share a prompt prefix: the provider routes them to one cache. */
  cacheKey: string
  /** Gives up the call: the process stops. */
  signal: AbortSignal
  /** The request is made at once, and leaves when this resolves. */
  untilOpen: () => Promise<void>
}

export interface Grok {
  /** One request, no retry; never rejects for what the provider or the network does. */
  ask(request: ChatRequest, options: AskOptions): Promise<AskResult>
  /** How many calls could leave now. With none, `ask` ends at once: `held`, or `network` with the reason there is. */
  ready(): number
  /** Work is there: connections are opened ahead and kept for the next minute. */
  expectCalls(): void
  /** Why connections cannot be opened at present; null when they can, or when nobody tried. */
  problem(): string | null
  close(): Promise<void>
}

/**
 * The `openai` SDK with its own opinions switched off: no retries (they would go around the pacing), no organisation or
 * project, no redirects (a second request that nobody counted). Its `timeout` ends when its `fetch` has answered and its error
 * reading has no bound, so the `fetch` it is given reads the whole body, within the time and the size limit.
 * `timeoutMs` counts from the call, not from when it was queued. `now` is epoch milliseconds, for `Retry-After` dates.
 *
 * A call only uses a connection that is already set up, of which `spare` are kept ahead of need, and passes its gate when
 * it is about to be written.
 */
export function createGrok({
  apiKey,
  baseURL,
  timeoutMs,
  spare,
  settleMs,
  maxAnswerBytes = 2 * 1024 * 1024,
  now,
  log,
}: {
  apiKey: string
  baseURL: string
  timeoutMs: number
  spare: number
  /** How long a new connection is left alone before it counts as set up. */
  settleMs?: number | undefined
  maxAnswerBytes?: number
  now: () => number
  log?: Logger | undefined
}): Grok {
  const connections = createWarmConnections({ origin: new URL(new URL(baseURL).origin), spare, settleMs, log })
  const gates = new Map<string, Gate & Pick<AskOptions, 'untilOpen'>>()
  /** Calls that the SDK is still preparing: each is about to take a connection. */
  const preparing = new Set<string>()
  const client = new OpenAI({
    apiKey,
    baseURL,
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    fetch: async (url, { method, headers: given, body, signal } = {}) => {
      const headers = new Headers(given)
      const callId = headers.get(CALL_ID) ?? ''
      const gate = gates.get(callId)
      await gate?.untilOpen()
      preparing.delete(callId)
      if (gate === undefined || typeof body !== 'string' || !signal || !method) throw new Error('not a call of ours')
      const request = { url: new URL(String(url)), method, headers, body, signal, maxBytes: maxAnswerBytes }
      return sendRequest(connections.dispatcher, request, gate)
    },
  })

  return {
    ask: async (request, { callId, cacheKey, signal, untilOpen, mayLeave, onLeave }) => {
      if (signal.aborted) return { kind: 'aborted' }
      let refused = false
      gates.set(callId, { untilOpen, mayLeave: () => !(refused = !mayLeave()), onLeave })
      preparing.add(callId)
      try {
        const response = await client.chat.completions
          .create(request, {
            signal,
            headers: { [CALL_ID]: callId, 'x-grok-conv-id': cacheKey },
          })
          .asResponse()
        return classifyResponse(
          { status: response.status, headers: response.headers, body: await response.text() },
          now(),
        )
      } catch (error) {
        if (signal.aborted) return { kind: 'aborted' }
        if (refused) return { kind: 'held' }
        if (error instanceof Error && innermost(error) instanceof NotReadyError) return notReady(connections.problem())
        return classifyError(error, now())
      } finally {
        gates.delete(callId)
        preparing.delete(callId)
      }
    },
    ready: () => Math.max(0, connections.ready() - preparing.size),
    expectCalls: connections.expectCalls,
    problem: connections.problem,
    close: connections.close,
  }
}

/** The SDK takes its headers, address and organisation from `OPENAI_*` when they are set: meant for another provider. */
export function forgetOpenAiVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (name.startsWith('OPENAI_')) delete env[name]
}

/** What the SDK throws. Anything that is not its error is a bug of ours and goes on up. */
function classifyError(error: unknown, now: number): AskResult {
  if (!(error instanceof APIError)) throw error
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError)
    return { kind: 'weather', reason: 'timeout', detail: error.message }
  if (error instanceof APIConnectionError || error.status === undefined)
    return { kind: 'weather', reason: 'network', detail: innermost(error).message || error.message }
  return classifyResponse({ status: error.status, headers: error.headers ?? new Headers(), body: error.message }, now)
}

/** Nothing left. That is weather only when connections cannot be opened, not when they are merely still on their way. */
function notReady(problem: string | null): AskResult {
  return problem === null ? { kind: 'held' } : { kind: 'weather', reason: 'network', detail: problem }
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error
}

const CALL_ID = 'x-client-request-id'
