import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressFrameSync } from 'lz4-napi'
import { compressSync as snappySync } from 'snappy'
import { describe, expect, test } from 'vitest'
import { BatchFault, decompress, mostDecompressed, type CompressionName } from './decompress.ts'

const text = Buffer.from('Where is my parcel? '.repeat(5_000))
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
/** As Java writes it: a header, then blocks of 32 KiB with their lengths. */
function snappyJava(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [Buffer.from('\x82SNAPPY\0', 'latin1'), int32(1), int32(1)]
  for (let at = 0; at < bytes.length; at += 32 * 1024) {
    const block = snappySync(bytes.subarray(at, at + 32 * 1024))
    blocks.push(int32(block.length), block)
  }
  return Buffer.concat(blocks)
}
const lz4Checked = (bytes: Buffer) => compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true })

const writers: [string, CompressionName, (bytes: Buffer) => Buffer][] = [
  ['gzip', 'gzip', gzipSync],
  ['zstd', 'zstd', zstdCompressSync],
  ['lz4', 'lz4', (bytes) => compressFrameSync(bytes)],
  ['lz4 with checksums', 'lz4', lz4Checked],
  ['snappy of Java', 'snappy', snappyJava],
  ['snappy of librdkafka', 'snappy', (bytes) => snappySync(bytes)],
]

describe.each(writers)('%s', (_, codec, compress) => {
  test('what was compressed comes back', async () => {
    expect(await decompress(codec, compress(text))).toEqual(text)
    expect(await decompress(codec, compress(Buffer.from('a')))).toEqual(Buffer.from('a'))
  })

  test('(I8) bytes that are cut off or damaged are a fault of the batch', async () => {
    const good = compress(text)
    for (const bad of [
      good.subarray(0, good.length >> 1),
      good.subarray(0, 3),
      Buffer.alloc(0),
      Buffer.alloc(40, 0xff),
    ])
      await expect(decompress(codec, bad)).rejects.toBeInstanceOf(BatchFault)
  })

  test('(I8) what is far larger decompressed than it came is refused', async () => {
    const zeros = Buffer.alloc(60 * 1024 * 1024)
    const bomb = compress(zeros)
    expect(zeros.length).toBeGreaterThan(mostDecompressed(bomb.length))
    await expect(decompress(codec, bomb)).rejects.toThrow(/bytes: more than \d+ bytes decompressed$/)
  })
})

test('(I8) a length that is only claimed makes no memory of that size', async () => {
  const claims = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])
  const before = process.memoryUsage().rss
  await expect(decompress('snappy', claims)).rejects.toThrow('more than')
  const java = Buffer.concat([Buffer.from('\x82SNAPPY\0', 'latin1'), int32(1), int32(1), int32(claims.length), claims])
  await expect(decompress('snappy', java)).rejects.toThrow('more than')
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
})
