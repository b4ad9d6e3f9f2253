import { expect, test } from 'vitest'
import { frame, unframe } from './wire-format.ts'

/** Writes `payload` as avsc's encode does: the new position, or minus the bytes that were missing. */
const writing = (payload: Buffer) => (buffer: Buffer, at: number) => {
  const end = at + payload.length
  payload.copy(buffer, at)
  return end <= buffer.length ? end : buffer.length - end
}

test('the header is a zero byte and the id, big-endian', () => {
  expect(frame(7, Buffer.alloc(64), writing(Buffer.from([6])))).toEqual(Buffer.from('000000000706', 'hex'))
  expect(unframe(Buffer.from('000000000706', 'hex'))).toEqual({ schemaId: 7, payload: Buffer.from([6]) })
})

test.each([0, 58, 59, 60, 5_000])('a payload of %i bytes comes back whole from a scratch of 64', (size) => {
  const payload = Buffer.alloc(size, 0xab)
  expect(unframe(frame(2 ** 31 - 1, Buffer.alloc(64), writing(payload)))).toEqual({ schemaId: 2 ** 31 - 1, payload })
})

test('what was framed does not change when the scratch is used again', () => {
  const scratch = Buffer.alloc(64)
  const first = frame(1, scratch, writing(Buffer.from('first')))
  frame(2, scratch, writing(Buffer.from('second')))
  expect(unframe(first)).toEqual({ schemaId: 1, payload: Buffer.from('first') })
})

test.each([
  ['null', null, 'the value is null'],
  ['no bytes', '', 'the value has 0 bytes, the header alone has 5'],
  ['four bytes', '00000000', 'the value has 4 bytes, the header alone has 5'],
  ['another magic byte', '0100000007', 'the first byte is 1, not 0'],
  ['id 0', '0000000000', '0 is not a schema id'],
  ['id -1', '00ffffffff06', '-1 is not a schema id'],
])('%s is no record of ours', (_, hex, fault) => {
  expect(unframe(hex === null ? null : Buffer.from(hex, 'hex'))).toEqual({ fault })
})
