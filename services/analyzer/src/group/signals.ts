import * as z from 'zod'

/** Names and words of other members: bounded, so that no stranger's record makes a state or a line of the log large. */
const Name = z.string().max(200)
const Instant = z.number().min(0).max(8.64e15)

/** More than any outage takes: what is counted on from it stays a number that all members read. */
export const STEP_MAX = 1_000_000

/** Why the calls of all analyzers are held back, and until when. */
export type Hold = z.infer<typeof Hold>
const Hold = z.object({
  kind: z.enum(['transient', 'misconfigured']),
  reason: Name,
  detail: z.string().max(2_000).optional(),
  /** The member that met it last. */
  by: Name,
  /** No probe leaves before. Broker's epoch milliseconds, as all times here. */
  until: Instant,
  /** What the provider asked for when the call was refused, in milliseconds. */
  asked: z.number().min(0).optional(),
  /** Steps of the back-off so far. Each is tried by one probe at most, for the whole group. */
  step: z.int().min(0).max(STEP_MAX),
  /** Which member may probe. A claim that has run out may be taken over, which is a step of its own. */
  probe: z.object({ member: Name, until: Instant }).nullable(),
})

/** What a member wants the group's cool-down to be, made from the state of version `base`. */
export type CooldownSignal = z.infer<typeof CooldownSignal>
export const CooldownSignal = z.object({
  member: Name,
  base: z.int().min(0),
  hold: Hold.nullable(),
  succeededAt: Instant.nullable(),
})

export interface CooldownState {
  /** Counts the accepted signals. */
  version: number
  hold: Hold | null
  /** End of the last hold; null when there was none. */
  succeededAt: number | null
  /** When the last accepted signal was appended. */
  changedAt: number
  /** It was made from a later state than the one before, so whether that is the group's is not sure. */
  isGuess: boolean
}

export const CLEAR: CooldownState = { version: 0, hold: null, succeededAt: null, changedAt: 0, isGuess: false }

/**
 * The state after a signal: a compare-and-set register, replicated because all members fold the same partition in the
 * same order. A signal made from an older state than the present one has lost a race and changes nothing, so a repeated
 * record or a second reading of the log does no harm either.
 *
 * One made from a later state shows that records are missing: the compacted log begins there. What stands first may
 * have lost its race, so what it says is only a guess, until the next accepted signal puts it right with its whole
 * state. Its version is never ahead of the true one, so that signal is accepted. The one thing that must not be guessed
 * is that no member probes: a probe that the missing records may hold has run out `probeTimeoutMs` after the append at
 * the latest.
 *
 * Any writer of the topic can claim any state. One that is further ahead than the group can have come since is refused
 * (`isFarAhead`). A member that begins cannot know how far that is, and may guess wrong: a later signal from far behind
 * its guess shows that. A hold is believed for as long as the refusal that it tells of can be the reason for it, and a
 * probe for as long as one takes.
 */
export function follow(
  state: CooldownState,
  signal: CooldownSignal,
  appendedAt: number,
  probeTimeoutMs: number,
): CooldownState {
  const { base, hold, succeededAt } = signal
  const refutes = state.isGuess && appendedAt > state.changedAt && base < state.version - FAR
  if ((base < state.version && !refutes) || isFarAhead(state, signal, appendedAt)) return state
  const after = { version: base + 1, changedAt: appendedAt, isGuess: base !== state.version }
  // The broker's own time of the change, so that the ramp-ups of all members agree.
  if (hold === null) return { ...after, hold, succeededAt: appendedAt }
  const probeEnd = appendedAt + probeTimeoutMs
  const unknown = after.isGuess ? { member: '', until: probeEnd } : null
  const probe = hold.probe && { ...hold.probe, until: Math.min(hold.probe.until, probeEnd + CLOCKS_MS) }
  return {
    ...after,
    hold: { ...hold, until: Math.min(hold.until, appendedAt + longestHold(hold)), probe: probe ?? unknown },
    succeededAt: succeededAt === null ? null : Math.min(succeededAt, appendedAt),
  }
}

/** Whether a signal was made from a state that the group cannot have come to since the one that is known. */
export const isFarAhead = (state: CooldownState, { base }: CooldownSignal, appendedAt: number): boolean =>
  base > state.version + FAR + Math.max(0, appendedAt - state.changedAt) / MS_PER_SIGNAL

/** Signals: more than lie between two members that have read as far as they can. */
const FAR = 1_000
/** Far more often than the state of all analyzers changes. */
const MS_PER_SIGNAL = 10

function longestHold({ kind, asked = 0 }: Hold): number {
  const waits = kind === 'misconfigured' ? MAX_PROBE_MS : MAX_BACKOFF_MS
  return Math.max(waits, Math.min(asked, MAX_ASKED_MS)) + CLOCKS_MS
}

/** The longest back-off. */
export const MAX_BACKOFF_MS = 60_000
/** PROBE_SECONDS at most, and a tenth more. */
const MAX_PROBE_MS = 3_960_000
/** The longest Retry-After that is believed. */
const MAX_ASKED_MS = 24 * 3_600_000
/** Between a member's estimate of the broker's clock and that clock, and what is added so that not all come at once. */
const CLOCKS_MS = 5_000

/** Shows its writer the broker's clock, and how far it has read. */
export type ClockProbe = z.infer<typeof ClockProbe>
export const ClockProbe = z.object({ member: Name })

const Count = z.int().nonnegative()
/** What a member may write: with these, a record is always smaller than what is read (decode-signal.ts). */
export const MODELS_MAX = 21
export const MODEL_NAME_MAX = 128
/**
 * What one member's calls of one UTC day have cost: all of it so far, so the newest record of a key says everything.
 */
export type Spending = z.infer<typeof Spending>
export const Spending = z.object({
  /** Grows with every change: an older record that is read again changes nothing. */
  revision: z.int().positive(),
  /** Each model once, by the name that it answered with. */
  models: z
    .array(
      z.object({
        model: z.string().max(MODEL_NAME_MAX),
        calls: z.int().positive(),
        usage: z.object({
          prompt_tokens: Count,
          cached_tokens: Count,
          completion_tokens: Count,
          reasoning_tokens: Count,
          cost_usd_ticks: Count,
        }),
      }),
    )
    .max(MODELS_MAX),
  /** Expected ticks of calls that left and were not answered: whether they are charged is unknown. */
  unanswered: Count,
  /** Expected ticks of calls in flight. A member that dies leaves them behind, and they stay counted. */
  reserved: Count,
})

export interface SpendingSignal {
  /** UTC, `yyyy-mm-dd`. */
  day: string
  member: string
  /** Null: the day is long over, and the record goes. */
  spending: Spending | null
}

/**
 * All states have one key: compaction leaves the newest, which is a whole one. So do all clock probes, or each run of a
 * process would leave a record for ever. The topic must only be compacted: were the last state deleted for its age,
 * members that begin would count from nothing while the others go on counting.
 */
export const COOLDOWN_KEY = 'cooldown'
export const CLOCK_KEY = 'clock'
export const spendingKey = (day: string, member: string): string => `spend/${day}/${member}`

export const encodeCooldown = (signal: CooldownSignal): Buffer => Buffer.from(JSON.stringify(signal))
export const encodeClock = (probe: ClockProbe): Buffer => Buffer.from(JSON.stringify(probe))
export const encodeSpending = (spending: Spending | null): Buffer | null =>
  spending && Buffer.from(JSON.stringify(spending))
