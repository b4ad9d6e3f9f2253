import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toChatRequest } from '../provider/chat-request.ts'
import { makeCanaries } from './make-canaries.ts'
import { buildPrompt, promptVersion, type PromptSettings } from './prompt.ts'
import type { Turn } from '../text/to-turns.ts'

const settings: PromptSettings = {
  model: 'grok-4.3',
  effort: 'none',
  responseFormat: 'json_schema',
  itemMaxTokens: 4_000,
  maskPii: false,
}
/** A small generator with a seed, so that a failing draw can be repeated. */
function seeded(seed: number) {
  let state = seed >>> 0
  return (max: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * max)
  }
}
const items = (...texts: string[]): { turns: Turn[] }[] =>
  texts.map((text) => ({ turns: [{ role: 'customer', text }] }))

describe('the prompt (design section 7)', () => {
  test('a published version never changes: a change of the prompt raises PROMPT_SEMVER and adds a line here', () => {
    const published = ['1.0.0+39cfae5c', '1.1.0+ca0ca1a9']
    expect(promptVersion(settings)).toBe(published.at(-1))
    expect(new Set(published.map((version) => version.split('+')[0])).size).toBe(published.length)
  })

  test('the version tells models, formats and limits apart', () => {
    const versions = [
      settings,
      { ...settings, model: 'grok-4.5' },
      { ...settings, effort: undefined },
      { ...settings, responseFormat: 'json_object' as const },
      { ...settings, itemMaxTokens: 100 },
      { ...settings, maskPii: true },
    ].map(promptVersion)
    expect(new Set(versions).size).toBe(versions.length)
  })

  test('the system turn has the same bytes in every call', () => {
    const [a, b] = [1, 2].map((seed) => buildPrompt(items('x', 'y'), [], seeded(seed)).question.system)
    expect(a).toEqual(b)
  })

  test('(I4) the user turn is one JSON document that no text can close, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 12 }), fc.nat(), (texts, seed) => {
        const { question, asked } = buildPrompt(items(...texts), [], seeded(seed))
        const document = JSON.parse(question.user)
        expect(Object.keys(document)).toEqual(['items'])
        for (const [i, text] of texts.entries())
          expect(document.items).toContainEqual({ id: asked.aliases[i], messages: [{ role: 'customer', text }] })
        expect(document.items).toHaveLength(texts.length)
        expect(new Set(asked.aliases).size).toBe(texts.length)
      }),
    )
  })

  test('(I4) aliases and order are drawn again for each call', () => {
    const texts = Array.from({ length: 10 }, (_, i) => `text ${i}`)
    const calls = [1, 2].map((seed) => buildPrompt(items(...texts), [], seeded(seed)))
    expect(new Set(calls.flatMap(({ asked }) => asked.aliases)).size).toBe(20)
    const orders = calls.map(({ question }) =>
      JSON.parse(question.user).items.map((item: { messages: Turn[] }) => item.messages[0]?.text),
    )
    expect(orders[0]).not.toEqual(orders[1])
    expect(orders[0].toSorted()).toEqual(texts.toSorted())
  })

  test('(I4) canaries stand among the conversations, under aliases of their own', () => {
    const canaries = makeCanaries('pair', 3, seeded(1))
    const { question, asked } = buildPrompt(items('x', 'y', 'z'), canaries, seeded(1))
    const document: { items: { id: string; messages: Turn[] }[] } = JSON.parse(question.user)
    expect(document.items).toHaveLength(5)
    expect(asked.aliases).toHaveLength(3)
    for (const { alias, canary } of asked.canaries)
      expect(document.items).toContainEqual({ id: alias, messages: canary.turns })
    const ids = [...asked.aliases, ...asked.canaries.map(({ alias }) => alias)]
    expect(new Set(ids)).toEqual(new Set(document.items.map(({ id }) => id)))
    const places = Array.from({ length: 200 }, (_, seed) => {
      const one = buildPrompt(items('x', 'y', 'z'), canaries, seeded(seed))
      return JSON.parse(one.question.user).items.findIndex(
        ({ id }: { id: string }) => id === one.asked.canaries[0]?.alias,
      )
    })
    expect(new Set(places)).toEqual(new Set([0, 1, 2, 3, 4]))
  })

  test('the response format binds the answer to the aliases: one result each, reasoning before the numbers', () => {
    const { question, asked } = buildPrompt(items('x', 'y'), [], seeded(1))
    const request = toChatRequest(question, settings)
    expect(request.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: {
        strict: true,
        schema: {
          type: 'object',
          required: ['results'],
          additionalProperties: false,
          properties: {
            results: {
              minItems: 2,
              maxItems: 2,
              items: {
                additionalProperties: false,
                properties: {
                  conversation_id: { type: 'string', enum: asked.aliases },
                  sentiment_score: { type: 'number', minimum: -1, maximum: 1 },
                },
              },
            },
          },
        },
      },
    })
    const format = request.response_format as unknown as {
      json_schema: { schema: { properties: { results: { items: { properties: object; required: string[] } } } } }
    }
    const { properties, required } = format.json_schema.schema.properties.results.items
    const order = ['conversation_id', 'reasoning', 'sentiment_score', 'confidence', 'clusters']
    expect(Object.keys(properties)).toEqual(order)
    expect(required).toEqual(order)
  })

  test('a server without schemas gets json_object, and a model without effort gets none', () => {
    const { question } = buildPrompt(items('x'), [], seeded(1))
    const request = toChatRequest(question, { ...settings, responseFormat: 'json_object', effort: undefined })
    expect(request.response_format).toEqual({ type: 'json_object' })
    expect(request).not.toHaveProperty('reasoning_effort')
  })
})
