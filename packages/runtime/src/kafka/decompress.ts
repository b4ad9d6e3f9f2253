import { promisify } from 'node:util'
import { unzip, zstdDecompress } from 'node:zlib'
import { decompressFrame } from 'lz4-napi'
import { uncompress } from 'snappy'

/** The records of a batch cannot be decompressed. */
export class BatchFault extends Error {}

export type CompressionName = 'gzip' | 'snappy' | 'lz4' | 'zstd'

/**
 * Most bytes that the records of so many compressed ones are taken to be. Text is compressed to a fifth; without a
 * bound, two megabytes of zstd are hundreds of gigabytes of zeros. (I8)
 */
export const mostDecompressed = (compressed: number): number => FREE_BYTES + MOST_RATIO * compressed

/** Rejects with `BatchFault` when the bytes are not what their codec says, or are too many decompressed. */
export async function decompress(codec: CompressionName, compressed: Buffer): Promise<Buffer> {
  const most = mostDecompressed(compressed.length)
  try {
    return await DECOMPRESS[codec](compressed, most)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isTooLarge = error instanceof TooLarge || (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
    const why = isTooLarge ? `more than ${most} bytes decompressed` : error.message.slice(0, 200)
    throw new BatchFault(`${codec}, ${compressed.length} bytes: ${why}`, { cause: error })
  }
}

const FREE_BYTES = 4 * 1024 * 1024
const MOST_RATIO = 16

class TooLarge extends Error {}

type Decompress = (compressed: Buffer, most: number) => Promise<Buffer>

const DECOMPRESS: Record<CompressionName, Decompress> = {
  gzip: (compressed, most) => promisify(unzip)(compressed, { maxOutputLength: most }),
  zstd: (compressed, most) => promisify(zstdDecompress)(compressed, { maxOutputLength: most }),
  lz4: (compressed, most) => {
    if (mostInFrame(compressed) > most) throw new TooLarge()
    return decompressFrame(compressed)
  },
  snappy: decompressSnappy,
}

/**
 * Java writes a header and blocks, each with its length before it (the format of snappy-java's SnappyOutputStream);
 * librdkafka writes one block and nothing else.
 */
async function decompressSnappy(compressed: Buffer, most: number): Promise<Buffer> {
  if (!compressed.subarray(0, SNAPPY_JAVA.length).equals(SNAPPY_JAVA)) return decompressBlock(compressed, most)
  const blocks: Buffer[] = []
  let bytes = 0
  for (let at = SNAPPY_JAVA.length + SNAPPY_VERSION_BYTES; at < compressed.length;) {
    const length = compressed.readInt32BE(at)
    if (length <= 0) throw new Error(`a block of ${length} bytes`)
    const block = await decompressBlock(compressed.subarray(at + 4, at + 4 + length), most - bytes)
    blocks.push(block)
    bytes += block.length
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

async function decompressBlock(block: Buffer, most: number): Promise<Buffer> {
  if (uncompressedLength(block) > most) throw new TooLarge()
  return (await uncompress(block)) as Buffer
}

/** A block begins with it, as a varint. */
function uncompressedLength(block: Buffer): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i] ?? 0
    length += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) break
  }
  return length
}

const SNAPPY_JAVA = Buffer.from('\x82SNAPPY\0', 'latin1')
const SNAPPY_VERSION_BYTES = 8

/** The blocks of a frame of LZ4 times the most that one may hold: all but the last of a real one are full. */
function mostInFrame(frame: Buffer): number {
  const flags = frame.readUInt8(4)
  const blockBytes = 2 ** (2 * ((frame.readUInt8(5) >> 4) & 7) + 8)
  const checksumBytes = (flags & LZ4_BLOCK_CHECKSUM) === 0 ? 0 : 4
  let at = 7 + ((flags & LZ4_CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & LZ4_DICTIONARY) === 0 ? 0 : 4)
  let blocks = 0
  for (;;) {
    const length = frame.readUInt32LE(at) & 0x7f_ff_ff_ff
    if (length === 0) return blocks * blockBytes
    blocks++
    at += 4 + length + checksumBytes
  }
}

const LZ4_BLOCK_CHECKSUM = 0x10
const LZ4_CONTENT_SIZE = 0x08
const LZ4_DICTIONARY = 0x01
