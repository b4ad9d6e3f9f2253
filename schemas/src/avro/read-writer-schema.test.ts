import { expect, test } from 'vitest'
import { compileWriter } from './compile-writer.ts'
import { MAX_SCHEMA_CHARACTERS, readWriterSchema } from './read-writer-schema.ts'
import { topicIds, topics, type AvroRecord } from '../topics.ts'

const read = (...schemas: unknown[]) => readWriterSchema(schemas.map((schema) => JSON.stringify(schema)))
const record = (name: unknown, fields: unknown) => ({ type: 'record', name, fields })
const field = (name: unknown, type: unknown = 'int') => ({ name, type })
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

/** A type that avsc reads values of that schema by; a fault fails the test. */
function typeOf(...schemas: unknown[]) {
  const result = read(...schemas)
  if ('fault' in result) throw new Error(result.fault)
  return result.type
}

test.each(topicIds)('our own schema of %s is read as it is', (id) => {
  const type = typeOf(topics[id].avro)
  expect(compileWriter(type, typeOf(topics[id].avro))).toHaveProperty('read')
  expect(type.fingerprint()).toEqual(typeOf(JSON.parse(JSON.stringify(topics[id].avro))).fingerprint())
})

test('all that Avro knows is taken: named types used again, namespaces, unions, errors, logical types as what they are', () => {
  const hash = { type: 'fixed', name: 'Hash', namespace: 'com.example', size: 16 }
  const type = typeOf({
    type: 'record',
    name: 'Event',
    namespace: 'com.example.desk',
    doc: 'An event',
    aliases: ['Old'],
    fields: [
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, order: 'ignore' },
      { name: 'maybe', type: ['null', 'string'], default: null, doc: 'x' },
      { name: 'hash', type: hash },
      { name: 'again', type: 'com.example.Hash' },
      { name: 'colour', type: { type: 'enum', name: 'Colour', symbols: ['RED', 'GREEN'], default: 'RED' } },
      { name: 'list', type: { type: 'array', items: { type: 'map', values: 'Colour' } } },
      { name: 'next', type: ['null', 'Event'] },
      { name: 'failure', type: { type: 'error', name: '.Failure', fields: [{ name: 'text', type: 'string' }] } },
    ],
  })
  const value = {
    at: 1,
    maybe: 'm',
    hash: Buffer.alloc(16),
    again: Buffer.alloc(16),
    colour: 'GREEN',
    list: [{ k: 'RED' }],
    next: null,
    failure: { text: 't' },
  }
  expect(type.name).toBe('com.example.desk.Event')
  expect(type.fromBuffer(type.toBuffer(value))).toMatchObject(value)
})

test('schemas that it refers to are compiled before it', () => {
  const type = typeOf(record('a.Inner', [field('x')]), record('Outer', [field('inner', 'a.Inner')]))
  expect(type.fromBuffer(Buffer.from([2]))).toMatchObject({ inner: { x: 1 } })
})

test.each([
  ['text that is no JSON', '{', /not JSON/],
  ['a number', '5', /5 is not a schema/],
  ['null', 'null', /not a schema/],
  ['an empty object', '{}', /nothing is not a type/],
  ['an empty union', '[]', /empty union/],
  ['a type called like a method of objects', '{"type":"constructor"}', /"constructor" is not a type/],
  ['a name that no one defined, called so', '"constructor"', /undefined type name/],
  ['fields that are no list', '{"type":"record","name":"A","fields":{"length":3}}', /not a list/],
  ['a field that is null', '{"type":"record","name":"A","fields":[null]}', /null is not a field/],
  ['no name: avsc would read all such types as one', '{"type":"record","fields":[]}', /not the name of a type/],
  ['code as a name', `{"type":"record","name":"a;process.exit(1)//","fields":[]}`, /not the name of a type/],
  ['code in a list as a name', `{"type":"record","name":["a'];process.exit(1)"],"fields":[]}`, /not the name/],
  [
    'code as a namespace',
    `{"type":"record","name":"a","namespace":"x'];y","fields":[]}`,
    /not the name of a namespace/,
  ],
  ['code as a symbol', `{"type":"enum","name":"E","symbols":["a'"]}`, /not the name of a symbol/],
  ['a symbol that is a list', `{"type":"enum","name":"E","symbols":[["a"]]}`, /not the name of a symbol/],
  ['a size that is none', '{"type":"fixed","name":"F","size":"1"}', /invalid F size/],
  ['a size below zero', '{"type":"fixed","name":"F","size":-1}', /invalid F size/],
])('a fault is said, not thrown: %s', (_, text, fault) => {
  expect(readWriterSchema([text])).toEqual({ fault: expect.stringMatching(fault) as string })
})

test.each([
  ['characters', record('A', [{ ...field('x'), doc: 'x'.repeat(MAX_SCHEMA_CHARACTERS) }])],
  ['named types', many(65, (i) => record(`A${i}`, []))],
  [
    'fields',
    record(
      'A',
      many(501, (i) => field(`f${i}`)),
    ),
  ],
  ['types', many(2_001, () => 'int')],
  ['symbols', { type: 'enum', name: 'E', symbols: many(2_001, (i) => `s${i}`) }],
  ['characters in a name', record('A'.repeat(257), [])],
])('(I8) a schema that is too large is refused: %s', (what, schema) => {
  expect(read(schema)).toEqual({ fault: expect.stringContaining(what) as string })
})

test('(I8) nesting beyond what the stack takes is refused, however deep', () => {
  const nested = (depth: number) => `${'{"type":"array","items":'.repeat(depth)}"int"${'}'.repeat(depth)}`
  expect(readWriterSchema([nested(63)])).toHaveProperty('type')
  for (const depth of [64, 10_000])
    expect(readWriterSchema([nested(depth)])).toEqual({ fault: 'the schema is nested more than 64 deep' })
})

test('(I8) defaults are not compiled: avsc copies those of nested records 4^depth times', () => {
  const twice = (depth: number): unknown =>
    depth === 0
      ? record('X0', [{ ...field('a', 'null'), default: null }])
      : record(`X${depth}`, [
          { ...field('a', twice(depth - 1)), default: {} },
          { ...field('b', `X${depth - 1}`), default: {} },
        ])
  expect(read(twice(30))).toHaveProperty('type')
})

test.each(['toString', 'valueOf', '__proto__', 'constructor', 'hasOwnProperty'])(
  'a field called %s is passed over like any other: avsc took its bytes for those of the next field',
  (name) => {
    const reader = typeOf(record('R', [field('x', 'string')]))
    const writer = typeOf(record('R', [field(name, 'string'), field('x', 'string')]))
    const compiled = compileWriter(reader, writer)
    const payload = writer.toBuffer({ [`_reserved_${name}`]: 'attack', x: 'good' })
    expect('read' in compiled && compiled.read(payload)).toEqual({ value: { x: 'good' } })
  },
)

test('a schema that cannot be read never ends the process, whatever stands in it', () => {
  const avro = topics.conversationsReceived.avro
  const paths = ['name', 'namespace', 'fields', 'type', 'doc'] as const
  for (const path of paths) {
    for (const value of [null, 0, true, '', {}, [], [null], '__proto__', { type: {} }, -1]) {
      const broken: Record<string, unknown> = { ...(avro as AvroRecord), [path]: value }
      expect(() => read(broken)).not.toThrow()
    }
  }
})
