import type { Item } from '../requests/read-protocol.ts'

/**
 * Two 32-bit hashes of a conversation, written to `into[at]` and `into[at + 1]`: of its roles and texts, not of its
 * alias, which is another one in each call. Every step is a bijection of the state, so nothing of the beginning is lost
 * on the way. Fast and well spread, not for secrets.
 */
export function hashConversation(messages: Item['messages'], into: Uint32Array, at: number): void {
  let a = 0x9e3779b9
  let b = 0x41c6ce57
  for (const { role, text } of messages) {
    // The length tells "ab" + "c" from "a" + "bc".
    const head = (text.length << 7) ^ role.charCodeAt(0)
    a = rotate(Math.imul(a ^ head, 0x85ebca6b), 13)
    b = rotate(Math.imul(b ^ head, 0xc2b2ae35), 15)
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      a = rotate(Math.imul(a ^ unit, 0x85ebca6b), 13)
      b = rotate(Math.imul(b ^ unit, 0xc2b2ae35), 15)
    }
  }
  into[at] = spread(a ^ rotate(b, 11))
  into[at + 1] = spread(b)
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** murmur3's last step: every bit of the input reaches every bit of the output. */
function spread(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
