import { createRequire } from 'node:module'
import { patchAbortedRecords } from './patch-aborted-records.ts'
import { patchRecordBatches } from './patch-record-batches.ts'
import { patchRecordHeaders } from './patch-record-headers.ts'

/**
 * Patches six faults of kafkajs 2.2.4 (unmaintained since 2023) at run time, so that no install hook has to patch
 * files. Throws when the inside of kafkajs is not the one that this was written for.
 *
 * 1. `RequestQueue.scheduleCheckPendingRequests` re-arms itself for ever with a negative timeout: an idle connection
 *    wakes up a thousand times a second and Node 24 prints TimeoutNegativeWarning (kafkajs issues 1704, 1751). A timer
 *    is needed only while something is pending or the broker throttles.
 * 2. A batch that was fetched before a rejoin can be handled after it, because each broker has a fetcher of its own.
 *    Its position belongs to the old generation, and resolving it would skip every record between the committed offset
 *    and it. Each fetched batch is tagged with a check whether the assignment that it was fetched under is still the
 *    one in force.
 * 3. The consumer group beats when the wall clock says that the interval is over: after that clock was stepped back by
 *    an hour it is silent for an hour and loses its partitions. A last request that lies in the future counts as none.
 * 4. Headers are read into a plain object and written from one: see patch-record-headers.ts.
 * 5. Batches in other codecs than gzip end the process: see patch-record-batches.ts.
 * 6. Records of aborted transactions are handed out when transactions overlap: see patch-aborted-records.ts.
 */
export function patchKafkaJs(): void {
  patchRecordHeaders()
  patchRecordBatches()
  patchAbortedRecords()
  const queue = inside<QueueMethods>('kafkajs/src/network/requestQueue/index.js', 'scheduleCheckPendingRequests')
  queue.scheduleCheckPendingRequests = scheduleCheckPendingRequests

  const group = inside<GroupMethods>('kafkajs/src/consumer/consumerGroup.js', 'fetch', 'heartbeat')
  if (patched.has(group)) return
  patched.add(group)
  const fetch = group.fetch
  group.fetch = async function (nodeId) {
    const assignment = this.offsetManager
    const batches = await fetch.call(this, nodeId)
    if (this.offsetManager !== assignment) return []
    for (const batch of batches) batch.isCurrent = () => this.offsetManager === assignment
    return batches
  }
  const heartbeat = group.heartbeat
  group.heartbeat = function (options) {
    if (this.lastRequest > Date.now()) this.lastRequest = 0
    return heartbeat.call(this, options)
  }
}

/** Whether the assignment under which kafkajs fetched this batch is still in force. */
export function isCurrentBatch(batch: object): boolean {
  const { isCurrent } = batch as TaggedBatch
  if (isCurrent === undefined) throw new Error('kafkajs delivered a batch that the patched fetch did not tag')
  return isCurrent()
}

interface TaggedBatch {
  isCurrent?: () => boolean
}
interface GroupMethods {
  offsetManager: unknown
  /** Epoch milliseconds by the wall clock. */
  lastRequest: number
  heartbeat(this: GroupMethods, options: { interval: number }): Promise<void>
  fetch(this: GroupMethods, nodeId: number): Promise<TaggedBatch[]>
}
interface QueueMethods {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
  scheduleCheckPendingRequests(this: QueueMethods): void
}

const patched = new WeakSet<object>()
const CHECK_INTERVAL_MS = 10

function scheduleCheckPendingRequests(this: QueueMethods): void {
  if (this.throttleCheckTimeoutId !== null) return
  const throttledForMs = this.throttledUntil - Date.now()
  if (this.pending.length === 0 && throttledForMs <= 0) return
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    },
    throttledForMs > 0 ? throttledForMs : CHECK_INTERVAL_MS,
  )
}

function inside<Methods extends object>(path: string, ...methods: string[]): Methods {
  const { prototype } = createRequire(import.meta.url)(path) as { prototype: Methods }
  for (const method of methods)
    if (typeof (prototype as Record<string, unknown>)[method] !== 'function')
      throw new Error(`kafkajs is not the version that patch-kafkajs.ts was written for: no ${method} in ${path}`)
  return prototype
}
