import type { Gate } from './send-request.ts'
import type { Usage } from './divide-usage.ts'

/** What a call asks, in no provider's format. */
export interface Question {
  /** The same in every call. */
  system: string
  user: string
  /** JSON schema that the answer must match, where the provider can be held to one. */
  answerSchema: Record<string, unknown>
  /** Results that the answer has at most: it decides how long the answer may be. */
  results: number
}

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

/**
 * The port to a provider. Another provider is one file that asks (as ask-grok.ts does), one that reads what came back
 * (read-completion.ts), and the line in main.ts that creates it; besides, its variables in config.ts, its prices in
 * packages/pipeline (estimate-cost.ts), and its parameters in the prompt's version (chat-request.ts,
 * model-parameters.ts).
 */
export interface Provider {
  /** One request, no retry; never rejects for what the provider or the network does. */
  ask(question: Question, under: AskOptions): Promise<Reply>
  /** How many calls could leave now. With none, `ask` ends at once: `held`, or `broke` with the reason there is. */
  ready(): number
  /** Work is there: connections are opened ahead and kept for the next minute. */
  expectCalls(): void
  /** Why connections cannot be opened at present; null when they can, or when none was tried. */
  problem(): string | null
  close(): Promise<void>
}

/** How a call ended, before it is judged what its answer says. */
export type Reply = Completed | Refused | Broke | NotAsked

/** The model answered: what it said, however usable. */
export interface Completed {
  kind: 'completed'
  text: string
  /** `length`: cut off at the longest answer. */
  finish: 'stop' | 'length' | 'content_filter'
  /** The model's own words for declining; null when it did not. */
  refusal: string | null
  /** The model that says it answered. */
  model: string | null
  usage: Usage | null
  /** The provider's name for the call. */
  requestId: string | null
}

/** The provider, or something in its place, responded with something else than an answer. */
export interface Refused {
  kind: 'refused'
  refusal: Refusal
  /**
   * It came with the status of a success. Then it may be a gateway's page, which a text in the request can cause; a
   * refusal with a status of its own is about the call.
   */
  asSuccess: boolean
  requestId: string | null
}

/** Why a response is no answer. */
export type Refusal =
  /** Passes by itself. */
  | { verdict: 'transient'; reason: 'rate_limited' | 'unavailable'; detail: string; retryAfterMs: number | undefined }
  /** Passes when a person acts. */
  | { verdict: 'misconfigured'; reason: MisconfiguredReason; detail: string }
  /** The provider will not take this request, and says what in it is at fault. */
  | { verdict: 'unsafe'; reason: 'blocked'; detail: string }
  | { verdict: 'too_long'; reason: 'context'; detail: string }
  /** It will not take this request, and a conversation in it may be at fault, or how we ask. */
  | { verdict: 'too_long'; reason: 'too_large'; detail: string }
  | { verdict: 'refused'; reason: 'request'; detail: string }
  /** A success that says nothing that can be read. */
  | { verdict: 'unknown'; reason: 'not_a_completion'; detail: string }
export type MisconfiguredReason = 'api_key' | 'credits' | 'model' | 'redirected'

/** No response, or not all of it. */
export interface Broke {
  kind: 'broke'
  how: 'timeout' | 'network'
  detail: string
}

export type NotAsked =
  /** Given up by us, at the stop's deadline. */
  | { kind: 'aborted' }
  /** It did not leave: the gate was closed at the last moment, or no connection was ready. */
  | { kind: 'held' }
