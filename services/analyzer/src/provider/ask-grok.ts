import type { Logger } from '@insights/runtime/logger'
import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { toChatRequest, type ModelSettings } from './chat-request.ts'
import type { Response as Responded } from './classify-response.ts'
import type { Broke, Provider, Reply } from './provider.ts'
import { readCompletion } from './read-completion.ts'
import { sendRequest, type Gate } from './send-request.ts'
import { createWarmConnections, NotReadyError } from './warm-connections.ts'

/**
 * The `openai` SDK with these of its features switched off: no retries (they would go around the pacing), no
 * organisation or project, no redirects (a second request that is not counted). Its `timeout` ends when its `fetch` has
 * answered and its error reading has no bound, so the `fetch` it is given reads the whole body, within the time and the
 * size limit. Its errors drop half of xAI's body (the top-level `code`), so what is given back is what its `fetch`
 * read. `timeoutMs` counts from the call, not from when it was queued.
 *
 * A call only uses a connection that is already set up, of which `spare` are kept ahead of need, and passes its gate
 * when it is about to be written.
 */
export function createGrok({
  apiKey,
  baseURL,
  settings,
  timeoutMs,
  spare,
  settleMs,
  maxAnswerBytes = 2 * 1024 * 1024,
  now,
  log,
}: {
  apiKey: string
  baseURL: string
  settings: ModelSettings
  timeoutMs: number
  spare: number
  /** How long a new connection is left alone before it counts as set up. */
  settleMs?: number | undefined
  maxAnswerBytes?: number
  /** Epoch milliseconds. */
  now: () => number
  log?: Logger | undefined
}): Provider {
  const connections = createWarmConnections({ origin: new URL(new URL(baseURL).origin), spare, settleMs, log })
  const underWay = new Map<string, Call>()
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
      const call = underWay.get(callId)
      await call?.untilOpen()
      preparing.delete(callId)
      if (call === undefined || typeof body !== 'string' || !signal || !method) throw new Error('not a call of ours')
      const request = { url: new URL(String(url)), method, headers, body, signal, maxBytes: maxAnswerBytes }
      const { status, headers: answered, text } = await sendRequest(connections.dispatcher, request, call)
      call.response = { status, headers: answered, body: text }
      return new Response(WITHOUT_BODY.has(status) ? null : text, { status, headers: answered })
    },
  })

  return {
    ask: async (question, { callId, cacheKey, signal, untilOpen, mayLeave, onLeave }) => {
      if (signal.aborted) return { kind: 'aborted' }
      let refused = false
      const call: Call = { untilOpen, mayLeave: () => !(refused = !mayLeave()), onLeave }
      underWay.set(callId, call)
      preparing.add(callId)
      try {
        const options = { signal, headers: { [CALL_ID]: callId, 'x-grok-conv-id': cacheKey } }
        await client.chat.completions.create(toChatRequest(question, settings), options).asResponse()
        return call.response === undefined ? broke('network', 'no response') : readCompletion(call.response, now())
      } catch (error) {
        if (call.response !== undefined) return readCompletion(call.response, now())
        if (signal.aborted) return { kind: 'aborted' }
        if (refused) return { kind: 'held' }
        if (error instanceof Error && innermost(error) instanceof NotReadyError) return notReady(connections.problem())
        return howItBroke(error)
      } finally {
        underWay.delete(callId)
        preparing.delete(callId)
      }
    },
    ready: () => Math.max(0, connections.ready() - preparing.size),
    expectCalls: connections.expectCalls,
    problem: connections.problem,
    close: connections.close,
  }
}

/** A call that the SDK is at. */
interface Call extends Gate {
  untilOpen: () => Promise<void>
  response?: Responded
}

/**
 * The SDK takes its headers, address and organisation from `OPENAI_*` when they are set: meant for another provider.
 */
export function forgetOpenAiVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (name.startsWith('OPENAI_')) delete env[name]
}

/** What the SDK throws without a response. Anything that is not its error is a bug of ours and is thrown on. */
function howItBroke(error: unknown): Broke {
  if (!(error instanceof APIError)) throw error
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError)
    return broke('timeout', error.message)
  return broke('network', innermost(error).message || error.message)
}

const broke = (how: Broke['how'], detail: string): Broke => ({ kind: 'broke', how, detail })

/**
 * No request was sent. It counts as a failed call only when connections cannot be opened, not while they are still
 * being opened.
 */
function notReady(problem: string | null): Reply {
  return problem === null ? { kind: 'held' } : broke('network', problem)
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error
}

const CALL_ID = 'x-client-request-id'
const WITHOUT_BODY = new Set([204, 205, 304])
