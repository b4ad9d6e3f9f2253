import { expect, test } from 'vitest'
import { drawRandomBytes } from './draw-random-bytes.ts'

test('no bytes are given out twice, and what was given out does not change when the pool is filled again', () => {
  const ids = Array.from({ length: 2000 }, (_, index) => drawRandomBytes(index % 2 === 0 ? 8 : 16))
  const before = ids.map((id) => id.toString('hex'))
  for (let index = 0; index < 1000; index++) drawRandomBytes(16)
  expect(ids.map((id) => id.toString('hex'))).toEqual(before)
  expect(new Set(before.map((id) => id.slice(0, 16))).size).toBe(ids.length)
  expect(ids.map((id) => id.length)).toEqual(before.map((_, index) => (index % 2 === 0 ? 8 : 16)))
})
