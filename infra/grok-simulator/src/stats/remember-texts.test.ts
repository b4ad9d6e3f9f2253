import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { item } from '../requests/chat-request.fixture.ts'
import { hashConversation } from '../answers/hash-conversation.ts'
import { rememberTexts } from './remember-texts.ts'

/** Few values, so that the same text, the same slot and the same shard come up often; the lowest bits are no key. */
const word = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 8, 0xff00_0000, 0xffff_ffff), fc.nat(0xffff_ffff))
const keyOf = (a: number, b: number) => `${a}:${b >>> 2}`

describe('rememberTexts', () => {
  test('gives what a map would give, through any collisions and growth', () => {
    const sends = fc.array(fc.tuple(word, word, fc.constantFrom('failed' as const, 'taken' as const)), {
      minLength: 1,
      maxLength: 400,
    })
    fc.assert(
      fc.property(sends, (sent) => {
        const memory = rememberTexts(1_000_000)
        const model = new Map<string, string>()
        for (const [a, b, fate] of sent) {
          const key = keyOf(a, b)
          expect(memory.fateOf(a, b)).toBe(model.get(key) ?? 'unknown')
          memory.note(a, b, fate)
          model.set(key, model.get(key) === 'taken' ? 'taken' : fate)
        }
        expect(memory.size()).toBe(model.size)
        for (const [a, b] of sent) expect(memory.fateOf(a, b)).toBe(model.get(keyOf(a, b)))
      }),
    )
  })

  test('(I8) beyond its size it learns no new text, and still knows the old ones', () => {
    const memory = rememberTexts(1000)
    for (let i = 0; i < 3000; i++) memory.note(i << 20, i << 2, 'failed')
    expect(memory.size()).toBe(1000)
    expect(memory.fateOf(999 << 20, 999 << 2)).toBe('failed')
    memory.note(999 << 20, 999 << 2, 'taken')
    expect(memory.fateOf(999 << 20, 999 << 2)).toBe('taken')
    expect(memory.fateOf(1000 << 20, 1000 << 2)).toBe('unknown')
  })
})

describe('hashConversation', () => {
  const hashOf = (messages: Parameters<typeof hashConversation>[0]) => {
    const hashes = new Uint32Array(2)
    hashConversation(messages, hashes, 0)
    return hashes
  }

  test('200,000 conversations that differ in a number only stay apart', () => {
    const memory = rememberTexts(1_000_000)
    for (let i = 0; i < 200_000; i++) {
      const [a = 0, b = 0] = hashOf([{ role: 'customer', text: `Order ${i} has not arrived.` }])
      memory.note(a, b, 'taken')
    }
    expect(memory.size()).toBe(200_000)
  })

  test('the alias does not matter; roles, order and where a message ends do', () => {
    const customer = (text: string) => ({ role: 'customer' as const, text })
    const ab = [customer('a'), customer('b')]
    expect(hashOf(item('k7f', 'a', 'b').messages)).toEqual(hashOf(item('q2m', 'a', 'b').messages))
    const others = [
      [customer('ab')],
      [customer('b'), customer('a')],
      [customer('a'), { role: 'agent' as const, text: 'b' }],
    ]
    for (const other of others) expect(hashOf(other)).not.toEqual(hashOf(ab))
  })
})
