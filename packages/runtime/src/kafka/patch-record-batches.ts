import { createRequire } from 'node:module'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { BatchFault, decompress, type CompressionName } from './decompress.ts'

/**
 * kafkajs reads batches in gzip alone, and believes whatever length they have decompressed: one batch in another codec
 * ended every process that met it. Here all codecs of Kafka are read, and what cannot be decompressed becomes one
 * message, in the place of the last record, that says why (`batchFault`).
 */
export function patchRecordBatches(): void {
  const path = 'kafkajs/src/protocol/recordBatch/v0/decoder.js'
  require(path)
  const reader = require.cache[require.resolve(path)] as { exports: ReadBatch }
  if (PATCHED in reader.exports) return
  if (!String(reader.exports).includes('await decodeRecords(codec, decoder,'))
    throw new Error(
      'kafkajs is not the version that patch-record-batches.ts was written for: batches are read otherwise',
    )
  // It keeps the function that it finds when it is loaded, which is when the first records are fetched.
  if (require.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') in require.cache)
    throw new Error('kafkajs has fetched records before it was patched')

  for (const [name, type] of Object.entries(CODECS) as [CompressionName, number][]) {
    kafkajs.CompressionCodecs[type as kafkajs.CompressionTypes.GZIP] = () => ({
      compress: () => Promise.reject(new Error('records are published without compression')),
      decompress: (bytes: Buffer) => decompress(name, bytes),
    })
  }
  const read = reader.exports
  const readOrExplain: ReadBatch = async (decoder) => {
    const batch = decoder.buffer.subarray(decoder.offset)
    try {
      checkCount(batch)
      return await read(decoder)
    } catch (error) {
      if (!(error instanceof BatchFault)) throw error
      decoder.offset = batch.byteOffset - decoder.buffer.byteOffset + LENGTH_END + batch.readInt32BE(LENGTH_AT)
      return { records: [explain(batch, error.message)] }
    }
  }
  reader.exports = Object.assign(readOrExplain, { [PATCHED]: true })
}

/** Why the records of a batch cannot be read, of the message that stands for all of them. */
export const batchFaultOf = (message: KafkaMessage): string | undefined =>
  (message as { batchFault?: string }).batchFault

const require = createRequire(import.meta.url)
const PATCHED = Symbol.for('insights.record-batches')
const { CompressionTypes } = kafkajs
const CODECS: Record<CompressionName, number> = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

type ReadBatch = (decoder: { buffer: Buffer; offset: number }) => Promise<{ records: object[] }>

/** Before they are decompressed: as objects, empty records take up a hundred times their bytes. (I8) */
function checkCount(batch: Buffer): void {
  const isWhole = batch.length >= HEAD_BYTES && batch.length >= LENGTH_END + batch.readInt32BE(LENGTH_AT)
  if (!isWhole || (batch.readInt16BE(ATTRIBUTES_AT) & COMPRESSION) === 0) return
  const most = MOST_RECORDS + batch.readInt32BE(LENGTH_AT) / 8
  if (batch.readInt32BE(COUNT_AT) > most) throw new BatchFault(`compressed: more than ${Math.floor(most)} records`)
}

/** From the head of a batch, which is not compressed (Kafka's RecordBatch of version 2). */
function explain(batch: Buffer, fault: string): object {
  const firstOffset = batch.readBigInt64BE(0)
  const lastOffset = firstOffset + BigInt(batch.readInt32BE(23))
  const records = batch.readInt32BE(COUNT_AT)
  return {
    offset: String(lastOffset),
    timestamp: String(batch.readBigInt64BE(35)),
    key: null,
    value: null,
    headers: Buffer.alloc(0),
    isControlRecord: false,
    batchContext: {
      producerId: String(batch.readBigInt64BE(43)),
      inTransaction: (batch.readInt16BE(ATTRIBUTES_AT) & TRANSACTIONAL) !== 0,
    },
    batchFault: `a batch of ${records} records, offsets ${firstOffset} to ${lastOffset}, ${fault}`,
  }
}

const LENGTH_AT = 8
const LENGTH_END = 12
const ATTRIBUTES_AT = 21
const COUNT_AT = 57
const HEAD_BYTES = 61
const COMPRESSION = 0x07
const TRANSACTIONAL = 0x10
/** And as many as would fit into so many bytes without compression. */
const MOST_RECORDS = 20_000
