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

test('strings and the keys of maps are UTF-8, bytes are any', () => {
  const cases = { string: '04c3a9', bytes: '04c3a9' }
  for (const [type, good] of Object.entries(cases))
    expect(checkAvroBytes(forSchema(type))(Buffer.from(good, 'hex'))).toBeNull()
  for (const bad of ['02ff', '02c3', '06eda080', '04c080']) {
    expect(checkAvroBytes(forSchema('string'))(Buffer.from(bad, 'hex'))).toMatch(
      /^the string of \d bytes at byte 1 is not UTF-8/,
    )
    expect(checkAvroBytes(forSchema('bytes'))(Buffer.from(bad, 'hex'))).toBeNull()
  }
  const map = forSchema({ type: 'map', values: 'boolean' })
  expect(checkAvroBytes(map)(Buffer.from('0202610100', 'hex'))).toBeNull()
  expect(checkAvroBytes(map)(Buffer.from('0202ff0100', 'hex'))).toMatch(/is not UTF-8/)
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

test('(I8) a value nested more deeply than honest ones is a fault of the record, not of the process', () => {
  const list = forSchema({ type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] })
  const nested = (depth: number) => Buffer.from([...Array(depth).fill(2), 0])
  expect(checkAvroBytes(list)(nested(499))).toBeNull()
  expect(checkAvroBytes(list)(nested(501))).toBe('the value is nested too deeply')
  expect(checkAvroBytes(list)(Buffer.alloc(1_000_000, 2))).toBe('the value is nested too deeply')
})

test('a schema whose items take no bytes cannot be checked and is refused as a whole', () => {
  const empty = { type: 'record', name: 'Empty', fields: [{ name: 'nothing', type: 'null' }] }
  expect(() => checkAvroBytes(forSchema({ type: 'array', items: empty }))).toThrow('items take no bytes')
  expect(() => checkAvroBytes(forSchema({ type: 'map', values: empty }))).not.toThrow()
})

/** X1 holds the leaf twice, X2 holds X1 twice, and so on: 2^depth leaves in a few lines. */
function doubled(depth: number, leaf: unknown): unknown {
  if (depth === 0) return leaf
  const second = depth === 1 ? leaf : `X${depth - 1}`
  const fields = [
    { name: 'a', type: doubled(depth - 1, leaf) },
    { name: 'b', type: second },
  ]
  return { type: 'record', name: `X${depth}`, fields }
}

test('(I8) forty nested records of twice the same cost no more steps than the payload has bytes', () => {
  expect(checkAvroBytes(forSchema(doubled(40, 'null')))(Buffer.alloc(0))).toBe('it holds far more values than bytes')
  expect(checkAvroBytes(forSchema(doubled(40, 'null')))(Buffer.alloc(7))).toBe('it holds far more values than bytes')
  expect(checkAvroBytes(forSchema(doubled(40, 'boolean')))(Buffer.alloc(7))).toMatch(/does not end within/)
  const many = checkAvroBytes(forSchema({ type: 'array', items: doubled(40, 'int') }))
  expect(many(Buffer.from([14, 0, 0, 0, 0, 0, 0, 0]))).toMatch(/^7 items are announced/)
  // A few of them are nothing unusual.
  expect(checkAvroBytes(forSchema(doubled(5, 'null')))(Buffer.alloc(0))).toBeNull()
})

test('(I8) values without bytes are counted in every item, so that a long list of them is refused', () => {
  const padded = (nulls: number) => {
    const fields = Array.from({ length: nulls }, (_, i) => ({ name: `n${i}`, type: 'null' }))
    return { type: 'record', name: 'Padded', fields: [...fields, { name: 'b', type: 'boolean' }] }
  }
  const items = Buffer.concat([Buffer.from([0xd0, 0x0f]), Buffer.alloc(1_001)]) // 1,000 of a byte each
  expect(checkAvroBytes(forSchema({ type: 'array', items: padded(14) }))(items)).toBeNull()
  expect(checkAvroBytes(forSchema({ type: 'array', items: padded(30) }))(items)).toMatch(/more values than bytes/)
})

test('a record that always holds itself has no value, and its schema is refused', () => {
  const endless = { type: 'record', name: 'A', fields: [{ name: 'a', type: 'A' }] }
  expect(() => checkAvroBytes(forSchema(endless))).toThrow('a record A that always holds itself')
})

test('(I8) a list of the event is counted over all its blocks, also behind a union', () => {
  const list = { type: 'array', items: 'int' }
  const counted = (type: unknown) =>
    checkAvroBytes(forSchema({ type: 'record', name: 'E', fields: [{ name: 'messages', type }] }), { messages: 3 })
  const blocks = (...counts: number[]) =>
    Buffer.concat([...counts.flatMap((n) => [Buffer.from([2 * n]), Buffer.alloc(n)]), Buffer.alloc(1)])
  expect(counted(list)(blocks(3))).toBeNull()
  expect(counted(list)(blocks(2, 2))).toEqual({ field: 'messages', items: 4, most: 3 })
  expect(counted(['null', list])(Buffer.concat([Buffer.from([2]), blocks(4)]))).toEqual({
    field: 'messages',
    items: 4,
    most: 3,
  })
  expect(counted(list)(Buffer.concat([blocks(4), Buffer.from([0])]))).toBe('1 bytes are left after the value')
})

function faultOf(read: () => unknown): string {
  try {
    read()
    return 'none'
  } catch (error) {
    return String(error)
  }
}
