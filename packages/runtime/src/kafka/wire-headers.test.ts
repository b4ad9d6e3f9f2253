import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordHeader } from './records.ts'
import { MAX_HEADERS_READ, readHeaders, writeHeaders } from './wire-headers.ts'

const prototypeNames = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', '0', '']
const name = fc.oneof(fc.constantFrom(...prototypeNames), fc.string({ unit: 'binary', maxLength: 300 }))
const value = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)))
const headers: fc.Arbitrary<RecordHeader[]> = fc.array(fc.record({ name, value }), { maxLength: 20 })

test('(I2) any names, repetitions and null values are read as they were written, in their order', () => {
  fc.assert(
    fc.property(headers, (list) => {
      expect(readHeaders(writeHeaders(list))).toEqual(list)
    }),
  )
})

test('they are written as kafkajs writes what an object can hold', () => {
  type Encoder = { buffer: Buffer }
  const encode = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
    record: object,
  ) => Encoder
  const list = [1, 70, 9_000].map((length) => ({ name: `n${'x'.repeat(length)}`, value: Buffer.alloc(length * 3) }))
  const { buffer } = encode({
    key: null,
    value: null,
    headers: Object.fromEntries(list.map((header) => [header.name, header.value])),
  })
  expect(buffer.subarray(-writeHeaders(list).length)).toEqual(writeHeaders(list))
})

test('(I8) no bytes make reading throw, nor go on beyond their end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const section = Buffer.from(bytes)
      expect(readHeaders(section).length).toBeLessThanOrEqual(section.length)
    }),
  )
})

test('a name that is not UTF-8 holds replacement characters', () => {
  const section = writeHeaders([{ name: 'ab', value: null }])
  section[2] = 0xff
  expect(readHeaders(section)).toEqual([{ name: '�b', value: null }])
})

test('(I8) of a million headers no more are made objects than a record may have and one', () => {
  const section = writeHeaders(Array.from({ length: 1_000_000 }, () => ({ name: '', value: null })))
  expect(readHeaders(section)).toHaveLength(MAX_HEADERS_READ)
})
