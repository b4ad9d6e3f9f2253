import avsc from 'avsc'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkAvroBytes } from './check-avro-bytes.ts'

const forSchema = (schema: unknown) => avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0])

const everything = forSchema({
  type: 'record',
  name: 'Everything',
  fields: [
    { name: 'flag', type: 'boolean' },
    { name: 'small', type: 'int' },
    { name: 'large', type: 'long' },
    { name: 'single', type: 'float' },
    { name: 'twice', type: 'double' },
    { name: 'words', type: 'string' },
    { name: 'raw', type: 'bytes' },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } },
    { name: 'colour', type: { type: 'enum', name: 'Colour', symbols: ['RED', 'GREEN'] } },
    { name: 'maybe', type: ['null', 'string'] },
    { name: 'number', type: ['int', 'double'] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'list', type: { type: 'array', items: { type: 'map', values: 'long' } } },
  ],
})

test('whatever avsc writes passes, a byte less or more does not', () => {
  const check = checkAvroBytes(everything)
  for (let i = 0; i < 500; i++) {
    const bytes = everything.toBuffer(everything.random())
    expect(check(bytes)).toBeNull()
    expect(check(Buffer.concat([bytes, Buffer.from([0])]))).toBe('1 bytes are left after the value')
    expect(check(bytes.subarray(0, -1))).not.toBeNull()
  }
})

test('whatever passes, avsc reads to the end and no further, however the bytes were damaged', () => {
  const check = checkAvroBytes(everything)
  const damage = fc.array(fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), byte: fc.nat({ max: 255 }) }))
  const property = fc.property(damage, (changes) => {
    const bytes = everything.toBuffer(everything.random())
    for (const { at, byte } of changes) bytes[Math.floor(at * bytes.length)] = byte
    const believed = check(bytes) === null ? faultOf(() => everything.fromBuffer(bytes)) : 'refused'
    expect(`${believed} (${bytes.toString('hex')})`).not.toMatch(/truncated|trailing/)
  })
  fc.assert(property, { numRuns: 1_000 })
})

test('(I8) an array that claims two thousand million items is refused before a single one is read', () => {
  const check = checkAvroBytes(forSchema({ type: 'array', items: 'string' }))
  expect(check(Buffer.from('feffffff1f', 'hex'))).toMatch(/^4294967295 items are announced at byte 5/)
  expect(check(Buffer.from('ffffffff1f02', 'hex'))).toMatch(/items are announced/) // the same as a block with a size
})

test('(I8) so are a string longer than the record, a negative length and a number without an end', () => {
  const check = checkAvroBytes(forSchema('string'))
  expect(check(Buffer.from('feffffff1f78', 'hex'))).toMatch(/does not end within/)
  expect(check(Buffer.from('0178', 'hex'))).toMatch(/a length of -1/)
  expect(check(Buffer.alloc(64, 0xff))).toMatch(/does not end within/)
})

test('blocks with a size, as other languages write them, pass; a lie about the size does not', () => {
  const type = forSchema({ type: 'array', items: 'string' })
  const blocks = Buffer.from('03080261026202026300', 'hex') // -2 items in 4 bytes: a, b; then 1 item: c
  expect(checkAvroBytes(type)(blocks)).toBeNull()
  expect(type.fromBuffer(blocks)).toEqual(['a', 'b', 'c'])
  const lying = Buffer.from(blocks)
  lying[1] = 0x06
  expect(checkAvroBytes(type)(lying)).toMatch(/lies about its size/)
})

test('a union branch that does not exist is refused', () => {
  const check = checkAvroBytes(forSchema(['null', 'string']))
  expect(check(Buffer.from('04', 'hex'))).toMatch(/no union branch 2/)
  expect(check(Buffer.from('01', 'hex'))).toMatch(/no union branch -1/)
})

test('a value nested as deeply as the stack is a fault of the record, not of the process', () => {
  const list = forSchema({ type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] })
  expect(checkAvroBytes(list)(Buffer.alloc(1_000_000, 2))).toBe('the value is nested too deeply')
})

test('a schema whose items take no bytes cannot be checked and is refused as a whole', () => {
  const empty = { type: 'record', name: 'Empty', fields: [{ name: 'nothing', type: 'null' }] }
  expect(() => checkAvroBytes(forSchema({ type: 'array', items: empty }))).toThrow('items take no bytes')
  expect(() => checkAvroBytes(forSchema({ type: 'map', values: empty }))).not.toThrow()
})

function faultOf(read: () => unknown): string {
  try {
    read()
    return 'none'
  } catch (error) {
    return String(error)
  }
}
