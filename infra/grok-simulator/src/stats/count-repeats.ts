import { hashConversation } from '../answers/hash-conversation.ts'
import type { Item } from '../requests/read-protocol.ts'
import { rememberTexts } from './remember-texts.ts'

export interface Repeats {
  /** Distinct conversations that came, counted up to 2,000,000; what comes first after that is not told apart. */
  distinct_items: number
  /**
   * Arrivals of a conversation that an earlier call had carried, with a good result in what that call was answered, is
   * being answered, or would have been if its caller had stayed: work done or paid for twice.
   */
  repeated_items: number
  /**
   * Arrivals of a conversation that earlier calls had carried in vain, all of them: refused, cut off, or answered
   * without a result for it that can be used.
   */
  repeated_after_fault: number
}

export interface RepeatCounter {
  /** One call with these conversations; `inVain`: whether the one at this place gets nothing of use from it. */
  sent(items: readonly Item[], inVain: (place: number) => boolean): void
  counts(): Repeats
}

const maxTexts = 2_000_000

/**
 * Counts how often conversations are sent again. A conversation is known by its roles and texts, whatever its alias;
 * two customers who wrote the same are one conversation here, so a test that counts makes its texts distinct. Two of
 * the same within one call are no repeat. What becomes of a call is known when its body is read, and a caller that goes
 * away later does not change it: that its answer is lost is the caller's doing.
 */
export function countRepeats(): RepeatCounter {
  const texts = rememberTexts(maxTexts)
  let hashes = new Uint32Array(64)
  let taken = 0
  let failed = 0

  return {
    sent: (items, inVain) => {
      if (hashes.length < items.length * 2) hashes = new Uint32Array(items.length * 2)
      for (const [index, item] of items.entries()) hashConversation(item.messages, hashes, index * 2)
      // All are looked up before any is noted, or the second of two in one call would be a repeat.
      for (let i = 0; i < items.length * 2; i += 2) {
        const fate = texts.fateOf(hashes[i] as number, hashes[i + 1] as number)
        if (fate === 'taken') taken += 1
        if (fate === 'failed') failed += 1
      }
      for (let i = 0; i < items.length * 2; i += 2)
        texts.note(hashes[i] as number, hashes[i + 1] as number, inVain(i / 2) ? 'failed' : 'taken')
    },
    counts: () => ({ distinct_items: texts.size(), repeated_items: taken, repeated_after_fault: failed }),
  }
}
