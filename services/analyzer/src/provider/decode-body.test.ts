import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeBody } from './decode-body.ts'

const TEXT = '{"choices":[{"message":{"content":"Größe"}}]}'
const MAX = 10_000

test.each([
  ['identity', Buffer.from(TEXT)],
  ['gzip', gzipSync(TEXT)],
  ['X-GZIP', gzipSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['deflate', deflateRawSync(TEXT)],
  ['br', brotliCompressSync(TEXT)],
  ['zstd', zstdCompressSync(TEXT)],
  ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
  [null, Buffer.from(TEXT)],
  [null, gzipSync(TEXT)],
  ['gzip', Buffer.from(TEXT)],
])('a body in %s is read', async (encoding, body) => {
  expect(await decodeBody(body, encoding, MAX)).toBe(TEXT)
})

test.each([
  ['compress', gzipSync(TEXT), '"compress", which is not known here'],
  ['constructor', gzipSync(TEXT), 'not known'],
  ['gzip', Buffer.from([0xff, 0xfe, 0x00]), '"gzip", but: incorrect header check'],
  ['gzip', gzipSync(TEXT).subarray(0, 20), 'unexpected end of file'],
  ['gzip,gzip,gzip,gzip', gzipSync(TEXT), 'more than 3 codings'],
  ['x'.repeat(5_000), gzipSync(TEXT), 'not known'],
])('a body in %s that cannot be decoded is told as that', async (encoding, body, why) => {
  const text = await decodeBody(body, encoding, MAX)
  expect(text).toMatch(/^\(the body cannot be read: /)
  expect(text).toContain(why)
  expect(text.length).toBeLessThan(200)
})

const bomb = Buffer.alloc(50_000_000, 'a')
test.each([
  ['gzip', gzipSync(bomb)],
  ['deflate', deflateSync(bomb)],
  ['br', brotliCompressSync(bomb)],
  ['zstd', zstdCompressSync(bomb)],
  ['gzip, gzip', gzipSync(gzipSync(bomb))],
])('(I8) of a bomb in %s no more is decoded than the limit', async (encoding, body) => {
  expect(await decodeBody(body, encoding, MAX)).toContain('decoded it is longer than 10000 bytes')
})
