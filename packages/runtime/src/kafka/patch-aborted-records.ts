import { createRequire } from 'node:module'

/**
 * kafkajs takes the broker's list of aborted transactions as ordered by their beginning; the broker orders it by their
 * end. Where transactions overlap, records of an aborted one were handed out. It also begins with one aborted
 * transaction for each message only, and takes a record whose key is four zero bytes for the end of one.
 *
 * Here what was aborted is found as a fetch comes in, and told to kafkajs as control records, which it passes over.
 */
export function patchAbortedRecords(): void {
  const Broker = createRequire(import.meta.url)('kafkajs/src/broker/index.js') as { prototype: BrokerMethods }
  const { prototype } = Broker
  if (typeof prototype.fetch !== 'function')
    throw new Error('kafkajs is not the version that patch-aborted-records.ts was written for: its broker has no fetch')
  if (patched.has(prototype)) return
  patched.add(prototype)
  const { fetch } = prototype
  prototype.fetch = async function (request) {
    const response = await fetch.call(this, request)
    for (const { partitions } of response.responses) {
      for (const partition of partitions) {
        passOverAborted(partition.messages, partition.abortedTransactions ?? [])
        partition.abortedTransactions = []
      }
    }
    return response
  }
}

/**
 * Marks the records of aborted transactions. A producer has one transaction at a time: an aborted one begins at its
 * first offset, and the producer's next control record ends it.
 */
export function passOverAborted(messages: FetchedMessage[], aborted: readonly AbortedTransaction[]): void {
  if (aborted.length === 0) return
  const begins = new Map<string, bigint[]>()
  for (const { producerId, firstOffset } of aborted)
    begins.set(producerId, [...(begins.get(producerId) ?? []), BigInt(firstOffset)])
  for (const offsets of begins.values()) offsets.sort((a, b) => (a < b ? -1 : 1))
  const open = new Set<string>()
  for (const message of messages) {
    const { producerId, inTransaction } = message.batchContext ?? {}
    if (producerId === undefined || inTransaction !== true) continue
    const offsets = begins.get(producerId)
    for (let next = offsets?.[0]; next !== undefined && next <= BigInt(message.offset); next = offsets?.[0]) {
      open.add(producerId)
      offsets?.shift()
    }
    if (message.isControlRecord) open.delete(producerId)
    else if (open.has(producerId)) message.isControlRecord = true
  }
}

export interface AbortedTransaction {
  producerId: string
  firstOffset: string
}

export interface FetchedMessage {
  offset: string
  isControlRecord: boolean
  /** Messages from before Kafka 0.11 have none. */
  batchContext?: { producerId: string; inTransaction: boolean }
}

interface BrokerMethods {
  fetch(this: unknown, request: object): Promise<{ responses: { partitions: FetchedPartition[] }[] }>
}

interface FetchedPartition {
  messages: FetchedMessage[]
  /** Null when there are none, in some versions of the protocol. */
  abortedTransactions?: AbortedTransaction[] | null
}

const patched = new WeakSet<object>()
