import { describe, expect, test } from 'vitest'
import { answerSchema } from './chat-request.fixture.ts'
import { checkSchema } from './check-schema.ts'

const array = (keywords: object) => ({ type: 'object', properties: { results: { type: 'array', ...keywords } } })

describe('checkSchema', () => {
  test.each<[string, unknown, RegExp]>([
    ['an empty enum', { properties: { mood: { enum: [] } } }, /^Invalid schema .*enum is empty/],
    ['an empty anyOf', array({ items: { anyOf: [] } }), /anyOf is empty/],
    [
      'a boolean as the schema of a property',
      array({ items: { properties: { any: true } } }),
      /property any is a boolean/,
    ],
    ['minContains', array({ minContains: 1 }), /minContains is not supported/],
    ['maxContains', array({ maxContains: 1 }), /maxContains is not supported/],
    ['items as an array', array({ items: [{ type: 'string' }] }), /items is an array/],
    ['a fault in a definition', { $defs: { mood: { enum: [] } } }, /enum is empty/],
    ['a fault in an alternative', { oneOf: [{ type: 'null' }, { anyOf: [] }] }, /anyOf is empty/],
    ['minItems beyond what is enforced', array({ minItems: 257 }), /^simulator: protocol broken: minItems 257 .* 256/],
    ['maxItems beyond', array({ maxItems: 300 }), /maxItems 300/],
    ['maxLength beyond', array({ items: { type: 'string', maxLength: 2049 } }), /maxLength 2049 .* 2048/],
    ['maxProperties beyond', { maxProperties: 65 }, /maxProperties 65 .* 64/],
  ])('%s is refused', (_name, schema, reason) => {
    expect(checkSchema(schema)).toMatchObject({ status: 400, body: { error: expect.stringMatching(reason) } })
  })

  test('what xAI supports is not, and neither are values that look like keywords', () => {
    const aliases = Array.from({ length: 256 }, (_, i) => `a${i}`)
    expect(checkSchema(answerSchema(aliases))).toBeNull()
    expect(checkSchema({ const: { enum: [] }, enum: [{ anyOf: [] }], additionalProperties: false })).toBeNull()
    expect(checkSchema({ properties: { enum: { type: 'string' }, items: { type: 'array' } } })).toBeNull()
    expect(checkSchema(undefined)).toBeNull()
  })

  test('a schema of any depth costs no stack', () => {
    let schema: object = { enum: [] }
    for (let i = 0; i < 50_000; i++) schema = { not: schema }
    expect(checkSchema(schema)).not.toBeNull()
  })
})
