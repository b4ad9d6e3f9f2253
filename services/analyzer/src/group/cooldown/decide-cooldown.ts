import type { GroupWeather, Hold } from '../signals.ts'

/** Why no calls are made: the world's fault, never the conversation's. */
export interface BadWeather {
  kind: 'weather' | 'misconfigured'
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
      kind: 'bad'
      claim: number | null
      weather: BadWeather
      begunAt: number
      /** When it failed; filled in when the clock is known. */
      at: number | null
      draw: number
    }
  | { kind: 'fair'; claim: number }
  | { kind: 'release'; claim: number; begun: boolean }
  | { kind: 'claim' }

/** The group's state after these news, or null when they change nothing: too late, known already, or said by somebody else. */
export function afterNews(state: GroupWeather, item: News, at: number, rules: Rules): GroupWeather | null {
  const { hold } = state
  if (item.kind === 'claim') {
    if (hold === null || at < hold.until || (hold.probe !== null && at < hold.probe.until)) return null
    const probe = { member: rules.member, until: at + rules.probeTimeoutMs }
    return { ...state, hold: { ...hold, step: hold.probe === null ? hold.step : hold.step + 1, probe } }
  }
  const probes = item.claim !== null && hold?.probe?.member === rules.member && hold.probe.until === item.claim
  if (item.kind === 'fair') return probes ? { ...state, hold: null, fairSince: at } : null
  if (item.kind === 'release')
    return probes ? { ...state, hold: { ...hold, step: item.begun ? hold.step + 1 : hold.step, probe: null } } : null
  if (probes) return { ...state, hold: holdAfter(item, hold.step + 1, at, rules) }
  return afterBad(state, item, at, rules)
}

function afterBad(
  state: GroupWeather,
  item: Extract<News, { kind: 'bad' }>,
  at: number,
  rules: Rules,
): GroupWeather | null {
  const { hold, fairSince } = state
  const { weather, begunAt } = item
  const failedAt = item.at ?? at
  const askedUntil = failedAt + (weather.retryAfterMs ?? -Infinity)
  if (hold !== null) {
    // Begun before the hold: its failure is the one that is being waited for, and adds only what the provider asks.
    if (askedUntil <= hold.until) return null
    return { ...state, hold: { ...hold, until: failedAt + delayOf(weather, hold.step, item.draw, rules) } }
  }
  if (fairSince !== null && askedUntil <= at) {
    // A probe was answered after it failed, or after it began, which is bad luck.
    if (failedAt < fairSince || (isBadLuck(weather) && begunAt < fairSince)) return null
  }
  return { ...state, hold: holdAfter(item, 0, at, rules) }
}

const holdAfter = (
  { weather, at, draw }: Extract<News, { kind: 'bad' }>,
  step: number,
  now: number,
  rules: Rules,
): Hold => ({
  kind: weather.kind,
  reason: weather.reason,
  detail: weather.detail,
  by: rules.member,
  until: (at ?? now) + delayOf(weather, step, draw, rules),
  step,
  probe: null,
})

function delayOf({ kind, retryAfterMs }: BadWeather, step: number, draw: number, rules: Rules): number {
  const { backoffMs, probeMs } = rules
  if (retryAfterMs !== undefined) return retryAfterMs + draw * Math.min(backoffMs, 1_000)
  if (kind === 'misconfigured') return probeMs * (0.9 + 0.2 * draw)
  return draw * Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** Math.min(step, 16))
}

export const isBadLuck = ({ kind, reason, retryAfterMs }: BadWeather): boolean =>
  kind === 'weather' && reason !== 'rate_limited' && retryAfterMs === undefined

const MAX_BACKOFF_MS = 60_000
