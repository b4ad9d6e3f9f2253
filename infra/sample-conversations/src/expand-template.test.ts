import { describe, expect, test } from 'vitest'
import { expandTemplate } from './expand-template.ts'
import { seededRandom } from './seeded-random.ts'

const expand = (template: string, slots = {}, seed = 1) => expandTemplate(template, slots, seededRandom(seed, 0))
const expansions = (template: string) =>
  [...new Set(Array.from({ length: 200 }, (_, seed) => expand(template, {}, seed)))].toSorted()

describe('expandTemplate', () => {
  test('takes every alternative in the end, the empty one and nested ones too', () => {
    expect(expansions('a [b|c [d|e]|] f')).toEqual(['a b f', 'a c d f', 'a c e f', 'a f'])
  })

  test('fills slots, and what a slot holds is not read as a template', () => {
    expect(expand('order {order} of {day}', { order: '[#1|2]', day: '{order}' })).toBe('order [#1|2] of {order}')
  })

  test('a slot without a value is a mistake in the template, not an empty word', () => {
    expect(() => expand('Hello {nmae}')).toThrow(/no value for \{nmae\}/)
    expect(() => expand('Hello {constructor}')).toThrow(/no value/)
  })
})
