import type { CooldownSignal, Hold } from '../signals.ts'
import type { RefusedCall } from './decide-cooldown.ts'

/** A call under way, as far as the cool-down is concerned. */
export interface CallTicket {
  /** Calls of this process in the order of their beginning. */
  order: number
  /** Broker's epoch milliseconds. */
  begunAt: number
  /** The claim that this call uses up, named by its end; null unless it is a probe. */
  claim: number | null
}

export interface Cooldown {
  /**
   * 0: a call may leave, or a probe if calls are held: `begin` it at once. Infinity: something else decides first, and
   * `onChange` tells. Else milliseconds until the next check. May claim the probe, so ask only when there is work.
   */
  waitMs(): number
  /** Whether slot number `slot`, which begins at `startsAt` (broker's epoch ms), may be used while speed returns. */
  admitsSlot(slot: number, startsAt: number): boolean
  begin(): CallTicket
  /** The provider answered, however usable the answer is. */
  succeeded(ticket: CallTicket): void
  refused(ticket: CallTicket, refusal: RefusedCall): void
  /** The call was given up by us: it says nothing about the provider, and another member may probe. */
  givenUp(ticket: CallTicket, how: { left: boolean }): void
  /** Nothing is left to send: a probe that was claimed and not begun is left to another member. */
  standDown(): void
  /** Why calls are held back at this moment, or null. */
  reason(): string | null
  /** The same in full: detail, until when, and which member met it. */
  held(): Hold | null
  /** When the last hold of the group ended, in the broker's epoch milliseconds; null when there was none. */
  lastCleared(): number | null
}

export interface GroupCooldown extends Cooldown {
  /** Every signal of the log, in its order. Reading some of them again does no harm. */
  receive(signal: CooldownSignal, appendedAt: number): void
}
