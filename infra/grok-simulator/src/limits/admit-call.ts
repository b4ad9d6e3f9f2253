import { findModel } from '../requests/grok-models.ts'
import type { RateLimiter } from './limit-rate.ts'
import { refusals, type Refusal } from '../faults/refusals.ts'

/** The limits of the provider; 0 = none. */
export interface Gate {
  keys: readonly string[]
  rps: number
  tpm: number
  /** Windows of a second. */
  requests: RateLimiter
  /** Windows of a minute. */
  tokens: RateLimiter
}

/** Let in under a key; `charge` notes the tokens of the answer. */
export type Admission = { kind: 'admitted'; charge: (tokens: number) => void } | Refusal

/**
 * Lets a call in by its key and by what the key has used of the model: xAI limits requests and tokens per team and
 * model. A floating name shares the windows of the model that it stands for; names that xAI does not know share one, so
 * there are never more windows than keys × models.
 *
 * Both limits look at the moment `arrivedAtMs` at which the head of the call came: a caller whose calls are spaced as
 * agreed must not be refused because one body took longer than the next. Before there is an answer, its tokens are not
 * known: a call needs as many tokens as its prompt has, and is then charged for all. What is refused uses up neither
 * limit.
 */
export function admitCall(
  call: { authorization: string | undefined; arrivedAtMs: number; model: string; promptTokens: number },
  { keys, rps, tpm, requests, tokens }: Gate,
): Admission {
  const known = readKey(call.authorization, keys)
  if (known.kind === 'refused') return known
  const window = `${known.key} ${findModel(call.model)?.id ?? 'unknown'}`
  if (rps > 0) {
    const pace = requests.ask(window, call.arrivedAtMs, 1, rps)
    if (pace.kind === 'exceeded') return refusals.tooManyRequests(call.model, pace.actual, pace.limit)
  }
  if (tpm > 0) {
    const pace = tokens.ask(window, call.arrivedAtMs, call.promptTokens, tpm)
    if (pace.kind === 'exceeded') return refusals.tooManyTokens(call.model, pace.actual, pace.limit)
  }
  if (rps > 0) requests.add(window, call.arrivedAtMs, 1)
  return {
    kind: 'admitted',
    charge: (used) => {
      if (tpm > 0) tokens.add(window, call.arrivedAtMs, used)
    },
  }
}

/** Checks `Authorization: Bearer …` as xAI does: 401 without a key, 400 with one it does not know. */
export function readKey(
  authorization: string | undefined,
  keys: readonly string[],
): { kind: 'known'; key: string } | Refusal {
  const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (key === undefined) return refusals.noKey()
  return keys.includes(key) ? { kind: 'known', key } : refusals.wrongKey()
}
