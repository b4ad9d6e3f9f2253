import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeRecordBatch, type RawRecord } from './encode-record-batch.ts'

export interface Placed<R extends RawRecord> {
  record: R
  partition: number
}
/** With the place where it came to stand. */
export type Written<R extends RawRecord> = Placed<R> & { offset: number }

export interface RawWriter {
  /** Appends records in their order within each partition. Rejects when the broker refuses one. */
  write<R extends RawRecord>(topic: string, records: readonly Placed<R>[]): Promise<Written<R>[]>
  stop(): void
}

/**
 * A producer that writes what no client library would: header names that are no UTF-8, the same one several times,
 * null as a header's value. For a cluster of one broker, which leads every partition.
 *
 * @param broker `host:port`.
 */
export async function createRawWriter(broker: string): Promise<RawWriter> {
  const [host, port] = broker.split(':')
  const socket = connect({ host: host ?? '', port: Number(port) })
  await once(socket, 'connect')
  let received = Buffer.alloc(0)
  let answered: PromiseWithResolvers<Buffer> | undefined
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
    answered?.resolve(received.subarray(4))
    received = Buffer.alloc(0)
  })
  socket.on('error', (error) => answered?.reject(error))
  socket.on('close', () => answered?.reject(new Error('the broker closed the connection')))

  /** One batch for each partition. */
  async function produce<R extends RawRecord>(topic: string, batches: Map<number, R[]>): Promise<Written<R>[]> {
    const parts = [...batches].map(([partition, records]) => {
      const batch = encodeRecordBatch(records)
      return Buffer.concat([int32(partition), int32(batch.length), batch])
    })
    const body = Buffer.concat([
      Buffer.from([0, PRODUCE, 0, VERSION]),
      int32(1),
      text('raw'),
      int16(-1),
      int16(-1),
      int32(30_000),
      int32(1),
      text(topic),
      int32(parts.length),
      ...parts,
    ])
    answered = Promise.withResolvers()
    socket.write(Buffer.concat([int32(body.length), body]))
    return readOffsets(await answered.promise).flatMap(({ partition, error, baseOffset }) => {
      if (error !== 0) throw new Error(`${topic}/${partition}: the broker answers with error ${error}`)
      return (batches.get(partition) ?? []).map((record, i) => ({ record, partition, offset: baseOffset + i }))
    })
  }

  return {
    write: async <R extends RawRecord>(topic: string, records: readonly Placed<R>[]) => {
      const written: Written<R>[] = []
      let batches = new Map<number, R[]>()
      const bytes = new Map<number, number>()
      const flush = async () => {
        if (batches.size > 0) written.push(...(await produce(topic, batches)))
        batches = new Map()
        bytes.clear()
      }
      for (const { partition, record } of records) {
        const size = (bytes.get(partition) ?? 0) + encodeRecordBatch([record]).length
        if (size > BATCH_BYTES && batches.has(partition)) await flush()
        batches.set(partition, [...(batches.get(partition) ?? []), record])
        bytes.set(partition, size)
      }
      await flush()
      return written
    },
    stop: () => void socket.destroy(),
  }
}

/** A response to Produce in version 7, about one topic. */
function readOffsets(response: Buffer): { partition: number; error: number; baseOffset: number }[] {
  const at = 4 + 4 + 2 + response.readInt16BE(8)
  return Array.from({ length: response.readInt32BE(at) }, (_, i) => {
    const from = at + 4 + i * 30
    return {
      partition: response.readInt32BE(from),
      error: response.readInt16BE(from + 4),
      baseOffset: Number(response.readBigInt64BE(from + 6)),
    }
  })
}

const int16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}
const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])

const PRODUCE = 0
const VERSION = 7
/** Under every topic's `max.message.bytes`: only a record that is larger itself goes alone. */
const BATCH_BYTES = 500_000
