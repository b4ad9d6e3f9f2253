/** A record byte by byte. */
export interface RawRecord {
  key: Buffer | null
  value: Buffer | null
  headers: readonly { name: Buffer; value: Buffer | null }[]
}

/** Kafka's record batch (magic 2) without compression, transaction or sequence. */
export function encodeRecordBatch(records: readonly RawRecord[]): Buffer {
  const now = BigInt(Date.now())
  const head = Buffer.alloc(40)
  head.writeInt16BE(0, 0) // attributes
  head.writeInt32BE(records.length - 1, 2) // last offset delta
  head.writeBigInt64BE(now, 6)
  head.writeBigInt64BE(now, 14)
  head.writeBigInt64BE(-1n, 22) // producer id
  head.writeInt16BE(-1, 30) // producer epoch
  head.writeInt32BE(-1, 32) // sequence
  head.writeInt32BE(records.length, 36)
  const covered = Buffer.concat([head, ...records.map(encodeRecord)])
  const front = Buffer.alloc(21)
  front.writeInt32BE(9 + covered.length, 8) // what follows the length
  front.writeInt32BE(-1, 12) // leader epoch
  front.writeInt8(2, 16)
  front.writeUInt32BE(crc32c(covered), 17)
  return Buffer.concat([front, covered])
}

function encodeRecord({ key, value, headers }: RawRecord, offsetDelta: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 0]), // attributes, timestamp delta
    varint(offsetDelta),
    bytes(key),
    bytes(value),
    varint(headers.length),
    ...headers.flatMap((header) => [bytes(header.name), bytes(header.value)]),
  ])
  return Buffer.concat([varint(body.length), body])
}

const bytes = (value: Buffer | null): Buffer =>
  value === null ? varint(-1) : Buffer.concat([varint(value.length), value])

/** Zigzag: small numbers of either sign are short. */
function varint(value: number): Buffer {
  const out: number[] = []
  let rest = value >= 0 ? value * 2 : value * -2 - 1
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128)
  return Buffer.from([...out, rest])
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

function crc32c(data: Buffer): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}
