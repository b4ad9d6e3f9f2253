import avsc from 'avsc'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compileWriter } from './avro/compile-writer.ts'
import { readWriterSchema } from './avro/read-writer-schema.ts'
import { topics } from './topics.ts'

/** How often avsc has read or passed over a value, except records. */
let steps = 0
const counted = ['NullType', 'BooleanType', 'IntType', 'LongType', 'StringType', 'BytesType', 'EnumType'] as const

beforeEach(() => {
  for (const name of counted) {
    const prototype = avsc.types[name].prototype as unknown as Record<'_read' | '_skip', (tap: unknown) => unknown>
    for (const method of ['_read', '_skip'] as const) {
      const original = prototype[method]
      vi.spyOn(prototype, method).mockImplementation(function (this: unknown, tap) {
        steps++
        return original.call(this, tap)
      })
    }
  }
})
afterEach(() => void vi.restoreAllMocks())

const names = ['ConversationReceived', 'Message', 'conversation_id', 'messages', 'text', 'metadata', 'source', 'x', 'y']
const name = fc.constantFrom(...names, '__proto__', 'constructor', 'toString', 'a.b', '.c', 'null', '')
const word = fc.oneof({ weight: 20, arbitrary: name }, { weight: 1, arbitrary: fc.jsonValue() })
const primitive = fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes')

/** Schemas as they may be registered, and some that no registry takes. */
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    primitive,
    name,
    fc.record({
      type: fc.constantFrom('record', 'error'),
      name: word,
      fields: fc.array(tie('field'), { maxLength: 5 }),
    }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('map'), values: tie('schema') }),
    fc.array(tie('schema'), { maxLength: 4 }),
    fc.record({ type: fc.constant('enum'), name: word, symbols: fc.array(word, { maxLength: 4 }) }),
    fc.record({ type: fc.constant('fixed'), name: word, size: fc.constantFrom(0, 1, 4, 2 ** 31 - 1, -1, '1') }),
    fc.record({ type: primitive, logicalType: fc.constantFrom('timestamp-millis', 'decimal', 'unknown') }),
    fc.jsonValue(),
  ),
  field: fc.record({ name: word, type: tie('schema'), default: fc.jsonValue() }, { requiredKeys: ['name', 'type'] }),
}))

/**
 * Ours with fields of strangers among its own, so that what is read behind them shows whether they were passed over.
 */
const changed = fc
  .array(fc.record({ at: fc.nat({ max: 5 }), name, type: schema }), { minLength: 1, maxLength: 4 })
  .map((more) => {
    const avro = structuredClone(topics.conversationsReceived.avro)
    for (const { at, ...field } of more) avro.fields.splice(at, 0, { doc: '', ...field })
    return avro as unknown
  })

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom(0, 1, 2, 3, 4, 6, 0x7f, 0x80, 0xff), { maxLength: 200 })
    .map((some) => Uint8Array.from(some)),
)

test('(I8) any bytes of any schema end in a value or a fault after steps that the bytes bound, and nothing is thrown', () => {
  const reader = avsc.Type.forSchema(topics.conversationsReceived.avro as Parameters<typeof avsc.Type.forSchema>[0])
  const ends = { refused: 0, unreadable: 0, fault: 0, value: 0 }
  const property = fc.property(fc.oneof(schema, changed), bytes, fc.boolean(), (any, random, isValid) => {
    const read = readWriterSchema([JSON.stringify(any) ?? 'null'])
    if ('fault' in read) return void ends.refused++
    const writer = compileWriter(reader, read.type, { messages: 5 })
    if ('unreadable' in writer) return void ends.unreadable++
    const payload = isValid ? (validBytes(read.type) ?? Buffer.from(random)) : Buffer.from(random)
    steps = 0
    const result = writer.read(payload)
    expect(steps).toBeLessThanOrEqual(1_000 + 18 * payload.length)
    const fault = 'fault' in result ? result.fault : ''
    // avsc must not find what the check has overlooked.
    expect(fault).not.toMatch(/truncated buffer|trailing data|undefined/)
    ends['fault' in result ? 'fault' : 'value']++
  })
  fc.assert(property, { numRuns: 2_000 })
  // All ends were met, or this would show nothing.
  expect(Object.entries(ends).filter(([, count]) => count === 0)).toEqual([])
})

/** Null where avsc finds none in reasonable time: values of recursive types without an end, or of two gigabytes. */
function validBytes(type: avsc.Type): Buffer | null {
  if (JSON.stringify(type).includes(String(2 ** 31 - 1))) return null
  try {
    const payload = type.toBuffer(type.random())
    return payload.length < 100_000 ? payload : null
  } catch {
    return null
  }
}
