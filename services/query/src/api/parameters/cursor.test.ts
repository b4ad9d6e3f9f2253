import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorAfter, decodeCursor } from './cursor.ts'

const position = fc.record({
  at: fc.integer({ min: Date.parse('0001-01-01'), max: Date.parse('9999-12-31') }),
  id: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }).filter((id) => !id.includes('\0')),
})

describe('cursor', () => {
  test('every position survives the way to the client and back, in characters that need no escaping in a URL', () => {
    fc.assert(
      fc.property(position, fc.string(), (position, filter) => {
        const text = cursorAfter(position, { filter })
        expect(text).toMatch(/^[\w-]+$/)
        expect(decodeCursor(text)).toMatchObject({ position })
      }),
    )
  })

  test('whatever a client makes up is not a cursor, and no exception', () => {
    const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), json), (text) => {
        expect(decodeCursor(text)).toBeNull()
      }),
    )
  })

  test.each([
    ['of another version', [2, 0, 'conv_1', 'x']],
    ['with a date Postgres cannot read', [1, 8.64e15, 'conv_1', 'x']],
    ['with half a millisecond', [1, 0.5, 'conv_1', 'x']],
    ['with an id Postgres cannot read', [1, 0, 'conv\0', 'x']],
    ['without an id', [1, 0, '', 'x']],
    ['with more than it should', [1, 0, 'conv_1', 'x', 'y']],
  ])('a cursor %s is refused', (_, content) => {
    expect(decodeCursor(Buffer.from(JSON.stringify(content)).toString('base64url'))).toBeNull()
  })
})
