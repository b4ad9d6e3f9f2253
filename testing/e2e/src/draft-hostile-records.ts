import { writeHeader } from '@insights/schemas/avro/wire-format'
import fc from 'fast-check'
import type { RawRecord } from './encode-record-batch.ts'
import type { Target } from './hostile-targets.ts'

/** A record to be; without headers and key, unless they are what hurts. */
export type Draft = Pick<RawRecord, 'value'> & Partial<RawRecord> & { isUnreadable?: boolean }

function framed(schemaId: number, payload: Uint8Array): Buffer {
  return Buffer.concat([writeHeader(Buffer.alloc(5), schemaId), payload])
}

export function good({ event, type, writerId }: Target) {
  return event.map((made) => ({ key: Buffer.from(made.conversation_id), value: framed(writerId, type.toBuffer(made)) }))
}

export function changed<T>(
  target: Target,
  by: fc.Arbitrary<T>,
  change: (event: Record<string, unknown>, by: T) => object,
) {
  return fc.tuple(target.event, by).map(([event, drawn]) => ({
    key: Buffer.from(event.conversation_id),
    value: framed(target.writerId, target.type.toBuffer(change(event, drawn))),
  }))
}

export function withHeaders(target: Target, headers: fc.Arbitrary<RawRecord['headers']>): fc.Arbitrary<Draft> {
  return fc
    .tuple(fc.oneof(good(target), garbage()), headers)
    .map(([{ key = null, value }, added]) => ({ key, value, headers: added }))
}

export function underSchema(ids: readonly number[]): fc.Arbitrary<Draft> {
  return fc
    .tuple(fc.constantFrom(...ids), payload())
    .map(([id, bytes]) => ({ key: Buffer.from(`h-schema-${id}`), value: framed(id, bytes) }))
}

export const unreadable = (drafts: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> =>
  drafts.map(({ key = null, value }) => ({ key, value, isUnreadable: true }))

/** Also what says that much follows: nothing, items without end, a length of 2^40. */
function payload(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom([], [0], [2, 2, 2], [0xfe, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]).map((bytes) => Uint8Array.from(bytes)),
    fc
      .tuple(fc.constantFrom(0, 1, 2, 0x7f, 0xff), fc.integer({ min: 1, max: 100_000 }))
      .map(([byte, length]) => new Uint8Array(length).fill(byte)),
  )
}

export function garbage(): fc.Arbitrary<Draft> {
  return fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ value: Buffer.from(bytes) }))
}

export function unframed(): fc.Arbitrary<Buffer | null> {
  const wrongMagic = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 40 }))
  return fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    wrongMagic.map(([magic, rest]) => Buffer.from([magic, ...rest])),
  )
}

export function flipped(value: Buffer, at: number): Buffer {
  const copy = Buffer.from(value)
  const bit = at % (value.length * 8)
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}

export function hostileKey(): fc.Arbitrary<Buffer | null> {
  return fc.oneof(
    fc.constantFrom(
      null,
      Buffer.alloc(0),
      Buffer.from('__proto__'),
      Buffer.from('constructor'),
      Buffer.alloc(20_000, 'k'),
    ),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  )
}

export function headers(names: fc.Arbitrary<Buffer>): fc.Arbitrary<RawRecord['headers']> {
  const value = fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)))
  return fc.array(fc.record({ name: names, value }), { minLength: 1, maxLength: 8 })
}

/** Few, so that they repeat, with others between. */
export const ownName = fc.oneof(
  fc
    .constantFrom('a', 'b', '', 'lane', 'traceparent', 'content-type', 'A'.repeat(1_000), '\u0000')
    .map((name) => Buffer.from(name)),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
)
export const prototypeName = fc
  .constantFrom('__proto__', ...Object.getOwnPropertyNames(Object.prototype))
  .map((name) => Buffer.from(name))

export const large = (parts: number) =>
  Array.from({ length: parts }, () => ({ name: Buffer.from('h'), value: Buffer.alloc((70 * 1024) / parts, 'x') }))
export const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: Buffer.from(`h${i % 7_000}`), value: null }))
