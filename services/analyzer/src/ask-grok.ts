import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { Agent, fetch as undiciFetch, Headers, Response, type RequestInit as UndiciRequestInit } from 'undici'
import { classifyResponse, type AskResult } from './classify-response.ts'
import type { ChatRequest } from './prompt.ts'
import { watchDepartures } from './watch-departures.ts'

export interface AskOptions {
  /** Names the call in the provider's log and in ours. */
  callId: string
  /** The same for calls that share a prompt prefix: the provider routes them to one cache. */
  cacheKey: string
  /** Gives up the call: the process stops. */
  signal: AbortSignal
  /** Called when the request is written to its connection, if it gets that far. */
  onLeave: () => void
}

export interface Grok {
  /** One request, no retry; never rejects for what the provider or the network does. */
  ask(request: ChatRequest, options: AskOptions): Promise<AskResult>
  close(): Promise<void>
}

/**
 * The `openai` SDK with its own opinions switched off: no retries (they would go around the pacing), no organisation or
 * project, no redirects (a second request that nobody counted). Its `timeout` does not cover the body of an error and its
 * error reading has no bound, so the whole body is read here, within the time and the size limit, before the SDK sees it.
 * `timeoutMs` counts from the call, not from when it was queued. `now` is epoch milliseconds, for `Retry-After` dates.
 */
export function createGrok({
  apiKey,
  baseURL,
  timeoutMs,
  maxAnswerBytes = 2 * 1024 * 1024,
  now,
}: {
  apiKey: string
  baseURL: string
  timeoutMs: number
  maxAnswerBytes?: number
  now: () => number
}): Grok {
  // One request at a time on a connection: several on one of HTTP/2 would all be lost with it.
  const dispatcher = new Agent({
    allowH2: false,
    keepAliveTimeout: 30_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  const departures = watchDepartures()
  const client = new OpenAI({
    apiKey,
    baseURL,
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    fetch: boundedFetch(dispatcher, maxAnswerBytes),
  })

  return {
    ask: async (request, { callId, cacheKey, signal, onLeave }) => {
      if (signal.aborted) return { kind: 'aborted' }
      departures.expect(callId, onLeave)
      try {
        const response = await client.chat.completions
          .create(request, {
            signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
            headers: { 'x-client-request-id': callId, 'x-grok-conv-id': cacheKey },
          })
          .asResponse()
        return classifyResponse(
          { status: response.status, headers: response.headers, body: await response.text() },
          now(),
        )
      } catch (error) {
        if (signal.aborted) return { kind: 'aborted' }
        return classifyError(error, now())
      } finally {
        departures.forget(callId)
      }
    },
    close: () => {
      departures.close()
      return dispatcher.destroy()
    },
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

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error
}

/**
 * undici's own fetch, because a dispatcher only fits the fetch of the same version. What is longer than `maxBytes` is cut:
 * the judge then finds it unreadable. A redirect comes back as the 3xx it is.
 */
function boundedFetch(dispatcher: Agent, maxBytes: number): typeof fetch {
  return async (url, init) => {
    // The two fetches agree at run time; only their declared types differ, by the version of undici that Node bundles.
    const given = init as unknown as UndiciRequestInit
    const response = await undiciFetch(String(url), { ...given, dispatcher, redirect: 'manual' })
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk as Uint8Array)
      size += (chunk as Uint8Array).length
      if (size > maxBytes) break // leaving the loop cancels the body and its connection
    }
    const body = response.status === 204 || response.status === 304 ? null : Buffer.concat(chunks)
    return new Response(body, { status: response.status, headers: response.headers }) as unknown as globalThis.Response
  }
}
