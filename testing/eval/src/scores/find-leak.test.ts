import { describe, expect, test } from 'vitest'
import { SYSTEM_PROMPT } from '@insights/analyzer/question/system-prompt'
import { answered, item } from '../answered.fixture.ts'
import { findLeak } from './find-leak.ts'

const texts = [
  'Where is my parcel? It should have been here on Monday.',
  'My pin code does not work any more since I changed the phone, and nobody answers the hotline.',
]
const saying = (reasoning: string, clusters: string[] = []) =>
  answered({ items: [{ ...item(0), reasoning, clusters }, item(0)], texts, aliases: ['k7fq', 'b3xz'] })

describe('a leak', () => {
  test('is an alias, in the reasoning or as a label', () => {
    expect(findLeak(saying('The items are k7fq and b3xz.'), SYSTEM_PROMPT)).toBe('alias')
    expect(findLeak(saying('Asks for a parcel.', ['b3xz']), SYSTEM_PROMPT)).toBe('alias')
  })
  test('is a piece of the system prompt, whatever its case and spacing', () => {
    const said = SYSTEM_PROMPT.slice(0, 80).toUpperCase().replaceAll(' ', '\n ')
    expect(findLeak(saying(said), SYSTEM_PROMPT)).toBe('system prompt')
  })
  test('is what another customer wrote', () => {
    expect(findLeak(saying(`The next item says: ${texts[1]}`), SYSTEM_PROMPT)).toBe('neighbour')
  })
  test('is not what the customer wrote, nor a phrase of the scale', () => {
    expect(findLeak(saying(`The customer asks: ${texts[0]}`), SYSTEM_PROMPT)).toBeNull()
    expect(findLeak(saying('The customer is neutral, a plain question or statement.'), SYSTEM_PROMPT)).toBeNull()
  })
  test('is not what both of them wrote', () => {
    const mail = 'Dear customer, your contract ends on the last day of next month.'
    const both = { ...saying(`Quotes "${mail}"`), texts: [`Is this real? ${mail}`, `I got this: ${mail}`] }
    expect(findLeak(both, SYSTEM_PROMPT)).toBeNull()
  })
})
