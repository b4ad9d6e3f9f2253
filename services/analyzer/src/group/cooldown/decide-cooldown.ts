import { drawBackoffMs } from '@insights/runtime/backoff'
import { MAX_BACKOFF_MS, STEP_MAX, type CooldownState, type Hold } from '../signals.ts'

/*
 * The group is always in one of five modes; each follows from the state alone (`hold`, `hold.probe`, `succeededAt`):
 *
 * - open       no hold. All slots are used. A call that is refused, and is no isolated failure, begins a hold: waiting.
 * - waiting    a hold, before its `until`. No call leaves. Other refusals only move `until`, to what the provider asks.
 * - due        a hold, past its `until`, without a probe. A member that has work claims the probe: probing.
 * - probing    one member makes one call. Answered: the hold ends, ramping up. Refused: waiting, one step longer. Given
 *              back: due. When its claim runs out, because the member died, another member claims it as the next step.
 * - ramping up no hold, and the last one ended less than 4 s ago. A quarter of the slots is used, then half: open.
 */

/** Why no calls are made: the provider, the network or the configuration is at fault, never a conversation. */
export interface RefusedCall {
  kind: 'transient' | 'misconfigured'
  reason: string
  detail?: string | undefined
  /** What the provider asked for, however long. */
  retryAfterMs?: number | undefined
}

export interface Rules {
  member: string
  backoffMs: number
  probeMs: number
  probeTimeoutMs: number
}

/** What this member has to tell the group. */
export type News =
  | {
      kind: 'refused'
      claim: number | null
      refusal: RefusedCall
      begunAt: number
      /** When it failed; filled in when the clock is known. */
      at: number | null
      draw: number
    }
  | { kind: 'succeeded'; claim: number }
  | { kind: 'release'; claim: number; begun: boolean }
  | { kind: 'claim' }
  /** What the group's state is: the newest record of the log does not say it. */
  | { kind: 'repeat' }

/**
 * The group's state after these news, or null when they change nothing: too late, known already, or said by another
 * member.
 */
export function afterNews(state: CooldownState, item: News, at: number, rules: Rules): CooldownState | null {
  const { hold } = state
  if (item.kind === 'repeat') return { ...state }
  if (item.kind === 'claim') {
    if (hold === null || at < hold.until || (hold.probe !== null && at < hold.probe.until)) return null
    const probe = { member: rules.member, until: at + rules.probeTimeoutMs }
    return { ...state, hold: { ...hold, step: hold.probe === null ? hold.step : nextStep(hold), probe } }
  }
  const probes = item.claim !== null && hold?.probe?.member === rules.member && hold.probe.until === item.claim
  if (item.kind === 'succeeded') return probes ? { ...state, hold: null, succeededAt: at } : null
  if (item.kind === 'release')
    return probes ? { ...state, hold: { ...hold, step: item.begun ? nextStep(hold) : hold.step, probe: null } } : null
  if (probes) return { ...state, hold: holdAfter(item, nextStep(hold), at, rules) }
  return afterRefused(state, item, at, rules)
}

const nextStep = ({ step }: Hold): number => Math.min(step + 1, STEP_MAX)

function afterRefused(
  state: CooldownState,
  item: Extract<News, { kind: 'refused' }>,
  at: number,
  rules: Rules,
): CooldownState | null {
  const { hold, succeededAt } = state
  const { refusal, begunAt } = item
  const failedAt = item.at ?? at
  const askedUntil = failedAt + (refusal.retryAfterMs ?? -Infinity)
  if (hold !== null) {
    // Begun before the hold: its failure is the one that is being waited for, and adds only what the provider asks.
    if (askedUntil <= hold.until) return null
    const until = failedAt + delayOf(refusal, hold.step, item.draw, rules)
    return { ...state, hold: { ...hold, until, asked: refusal.retryAfterMs } }
  }
  if (succeededAt !== null && askedUntil <= at) {
    // A probe was answered after this call failed, or after it began: then this is an isolated failure.
    if (failedAt < succeededAt || (mayBeIsolated(refusal) && begunAt < succeededAt)) return null
  }
  return { ...state, hold: holdAfter(item, 0, at, rules) }
}

const holdAfter = (
  { refusal, at, draw }: Extract<News, { kind: 'refused' }>,
  step: number,
  now: number,
  rules: Rules,
): Hold => ({
  kind: refusal.kind,
  reason: refusal.reason,
  detail: refusal.detail,
  by: rules.member,
  until: (at ?? now) + delayOf(refusal, step, draw, rules),
  asked: refusal.retryAfterMs,
  step,
  probe: null,
})

function delayOf({ kind, reason, retryAfterMs }: RefusedCall, step: number, draw: number, rules: Rules): number {
  const { backoffMs, probeMs } = rules
  if (retryAfterMs !== undefined) return retryAfterMs + draw * Math.min(backoffMs, 1_000)
  // Refused requests may be those of a few conversations after all, so others are asked about soon.
  if (reason === 'request') return drawBackoffMs(step, () => draw, { baseMs: backoffMs, capMs: probeMs, floorMs: 0 })
  if (kind === 'misconfigured') return probeMs * (0.9 + 0.2 * draw)
  return drawBackoffMs(step, () => draw, { baseMs: backoffMs, capMs: MAX_BACKOFF_MS, floorMs: 0 })
}

export const mayBeIsolated = ({ kind, reason, retryAfterMs }: RefusedCall): boolean =>
  kind === 'transient' && reason !== 'rate_limited' && retryAfterMs === undefined
