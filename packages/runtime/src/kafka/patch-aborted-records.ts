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
  // The last to begin first, so that what has begun is taken from the end.
  const byBeginning = aborted.toSorted((a, b) => (BigInt(a.firstOffset) < BigInt(b.firstOffset) ? 1 : -1))
  const begins = Map.groupBy(byBeginning, ({ producerId }) => producerId)
  const open = new Set<string>()
  for (const message of messages) {
    const { producerId, inTransaction } = message.batchContext ?? {}
    if (producerId === undefined || inTransaction !== true) continue
    const toBegin = begins.get(producerId) ?? []
    while (hasBegun(toBegin.at(-1), message)) {
      toBegin.pop()
      open.add(producerId)
    }
    if (message.isControlRecord) open.delete(producerId)
    else if (open.has(producerId)) message.isControlRecord = true
  }
}

const hasBegun = (transaction: AbortedTransaction | undefined, { offset }: FetchedMessage): boolean =>
  transaction !== undefined && BigInt(transaction.firstOffset) <= BigInt(offset)

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
