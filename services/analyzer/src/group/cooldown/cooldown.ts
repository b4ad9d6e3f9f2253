import { drawBackoffMs } from '@insights/runtime/backoff'
import { afterNews, mayBeIsolated, type News, type Rules } from './decide-cooldown.ts'
import { admitsSlot } from './ramp-up.ts'
import { CLEAR, follow, isFarAhead, type CooldownState, type Hold, type CooldownSignal } from '../signals.ts'
import type { GroupCooldown } from './cooldown-contract.ts'

export type * from './cooldown-contract.ts'

/**
 * One cool-down for the calls of all analyzers. It honours what the provider asks for, else doubles from `backoffMs`
 * with full jitter up to a minute; a misconfiguration waits `probeMs`, since only a person can correct it. After the
 * wait one call goes ahead as a probe, and its answer decides for all members. Forty calls that fail together are one
 * step, not forty; and one that fails while others begun later are answered is an isolated failure, unless the provider
 * said 429 or named a wait.
 *
 * The group's state is what the log of signals says (see `follow`). What this member has to tell waits in `news` and is
 * applied to the newest state each time it is sent, so a member that loses a race checks again, and mostly has nothing
 * left to say. News of its own failed calls holds this member at once; a claim or a success counts when it was read
 * back from the log. A probe needs an accepted claim, and each claim is of one step and used once, so a step is probed
 * at most once whatever the delays and the clocks: a claim that runs out (its member died) is taken over as the next
 * step.
 *
 * When `ALONE_AFTER` signals in a row were not published or did not come back, the member settles its news by itself,
 * as if there were no group, and goes on offering them.
 *
 * @param member unique for each run of a process.
 * @param probeTimeoutMs how long a claim lasts: the wait for a slot and the whole call.
 * @param now the broker's epoch milliseconds, null while unknown: nothing leaves then.
 * @param publish resolves whether the broker has acknowledged the signal; false may mean that it arrives all the same.
 */
export function createCooldown({
  member,
  backoffMs,
  probeMs,
  probeTimeoutMs,
  random,
  now,
  publish,
  onChange,
  later = laterUnlessDone,
}: Rules & {
  /** [0, 1) */
  random: () => number
  now: () => number | null
  publish: (signal: CooldownSignal) => Promise<boolean>
  onChange: () => void
  later?: (run: () => void, ms: number) => void
}): GroupCooldown {
  const rules: Rules = { member, backoffMs, probeMs, probeTimeoutMs }
  let state: CooldownState = CLEAR
  let news: News[] = []
  let sending: { item: News; signal: CooldownSignal } | null = null
  let resting = false
  let failures = 0
  let calls = 0
  let lastSucceeded = -1
  let spentClaim: number | null = null
  let hasWork = false
  let repeatedAt = -Infinity

  /** The group's state with our own failed calls, which hold us before any other member has read of them. */
  const withOwnNews = (at: number): CooldownState =>
    news.reduce((known, item) => (item.kind === 'refused' && afterNews(known, item, at, rules)) || known, state)

  const effectiveHold = (): Hold | null => withOwnNews(now() ?? state.succeededAt ?? 0).hold

  const ownClaim = (): number | null => {
    const probe = state.hold?.probe
    return probe?.member === member && probe.until !== spentClaim ? probe.until : null
  }

  const mayProbe = (at: number): boolean => {
    const claim = ownClaim()
    return claim !== null && at < claim && at >= (withOwnNews(at).hold?.until ?? Infinity)
  }

  /** Tells the first news that still change something; one signal is in flight at a time. */
  function tell(): void {
    if (sending !== null || resting || news.length === 0) return
    const at = now()
    if (at === null) return rest(CLOCK_MS)
    const next = nextState(at)
    const [item] = news
    if (next === null || item === undefined) return
    const signal = { member, base: state.version, hold: next.hold, succeededAt: next.succeededAt }
    const sent = { item, signal }
    const missed = () => {
      if (sending !== sent) return
      sending = null
      recover()
    }
    sending = sent
    later(missed, ECHO_MS)
    publish(signal).then((acknowledged) => acknowledged || missed(), missed)
  }

  function nextState(at: number): CooldownState | null {
    for (let item = news[0]; item !== undefined; item = news[0]) {
      if (item.kind === 'refused') item.at ??= at
      const next = afterNews(state, item, at, rules)
      if (next !== null) return next
      news.shift()
    }
    return null
  }

  function recover(): void {
    if (++failures < ALONE_AFTER)
      return rest(drawBackoffMs(failures, random, { baseMs: RETRY_MS, capMs: RETRY_MAX_MS }))
    const at = now()
    const next = at === null ? null : nextState(at)
    if (next !== null) {
      state = { ...next, version: state.version }
      news.shift()
    }
    passOn()
    tell()
    onChange()
  }

  function rest(ms: number): void {
    resting = true
    later(() => {
      resting = false
      tell()
      if (news.length === 0) onChange()
    }, ms)
  }

  function repeat(at: number): void {
    if (at < repeatedAt + REPEAT_MS) return
    repeatedAt = at
    news.push({ kind: 'repeat' })
  }

  /** A claim that came through when there was nothing left to probe with. */
  function passOn(): void {
    const claim = ownClaim()
    if (claim === null || hasWork) return
    spentClaim = claim
    news.push({ kind: 'release', claim, begun: false })
  }

  return {
    waitMs: () => {
      const at = now()
      if (at === null) return CLOCK_MS
      hasWork = true
      tell()
      const { hold } = withOwnNews(at)
      // Open by our own knowledge alone is not open: a good answer counts when the group has it.
      if (hold === null) return 0
      if (at < hold.until) return hold.until - at
      if (mayProbe(at)) return 0
      if (news.length > 0) return Infinity
      // No signal tells that a probe's member has died.
      if (hold.probe !== null && at < hold.probe.until) return hold.probe.until - at
      news.push({ kind: 'claim' })
      tell()
      return Infinity
    },
    admitsSlot: (slot, startsAt) => {
      const at = now()
      if (at === null) return false
      return mayProbe(at) || admitsSlot(withOwnNews(at), slot, startsAt)
    },
    begin: () => {
      const at = now() ?? 0
      const claim = mayProbe(at) ? ownClaim() : null
      if (claim !== null) spentClaim = claim
      return { order: calls++, begunAt: at, claim }
    },
    succeeded: ({ order, claim }) => {
      lastSucceeded = Math.max(lastSucceeded, order)
      if (claim === null) return
      news.push({ kind: 'succeeded', claim })
      tell()
    },
    refused: ({ order, begunAt, claim }, refusal) => {
      if (effectiveHold() === null && mayBeIsolated(refusal) && lastSucceeded > order) return
      const at = now()
      const item: News = { kind: 'refused', claim, refusal, begunAt, at, draw: random() }
      const known = withOwnNews(at ?? 0)
      const tells = at === null ? known.hold === null : afterNews(known, item, at, rules) !== null
      if (claim === null && !tells) return
      news.push(item)
      tell()
    },
    givenUp: ({ claim }, { left }) => {
      if (claim === null) return
      news.push({ kind: 'release', claim, begun: left })
      tell()
    },
    standDown: () => {
      hasWork = false
      news = news.filter(({ kind }) => kind !== 'claim')
      passOn()
      tell()
    },
    reason: () => effectiveHold()?.reason ?? null,
    lastCleared: () => state.succeededAt,
    held: effectiveHold,
    receive: (signal, appendedAt) => {
      const before = state
      state = follow(state, signal, appendedAt, probeTimeoutMs)
      const own = signal.member === member
      // Who begins reads it, too, and would believe it while it is the newest.
      if (state === before && isFarAhead(state, signal, appendedAt)) repeat(appendedAt)
      else if (state !== before) news = news.filter(({ kind }) => kind !== 'repeat')
      if (own) failures = 0
      const isEcho = own && signal.base === sending?.signal.base
      // An accepted signal is done, even if a clock that went wrong meanwhile would judge its news differently.
      if (isEcho && state !== before && signal.hold?.until === sending?.signal.hold?.until)
        news = news.filter((item) => item !== sending?.item)
      // What was made from an older state has lost, whether or not it has come back yet.
      if (isEcho || state !== before) sending = null
      passOn()
      tell()
      if (state !== before || own) onChange()
    },
  }
}

const laterUnlessDone = (run: () => void, ms: number) => void setTimeout(run, ms).unref()

/** Between two checks of a clock that is not known yet. */
const CLOCK_MS = 250
const RETRY_MS = 250
/** Between two repetitions of the state after signals that were refused. */
const REPEAT_MS = 60_000
const RETRY_MAX_MS = 5_000
/** A signal that the broker has acknowledged and that is not read by then counts as not published. */
const ECHO_MS = 10_000
/** Tries, not time: a process that was suspended must not believe on waking that it is alone. */
const ALONE_AFTER = 5
