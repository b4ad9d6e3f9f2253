import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { topicName } from '@insights/schemas/topics'
import { publishInOrder, type Clock } from '../publish-again/publish-in-order.ts'
import { readPlaces } from '../publish-again/read-places.ts'
import { readOrFail } from '../publish-again/read-submission.ts'
import { withFirstOrigin } from '../publish-again/set-headers.ts'
import { add } from '../publish-again/tally.ts'
import { UNUSABLE, type FailedOriginal } from './gather-failures.ts'
import type { RedrivePlan, Topics } from './plan-redrive.ts'

/**
 * Publishes what a plan wants, oldest first: same topic, key, value and headers, and its first origin, so that it stays
 * as old as it is (I7). What a failure says is not obeyed: it decides neither where something is written, beyond where
 * failures come from, nor erases. What cannot be published is added to what the plan left.
 * @throws PipelineFault when the registry is away or the broker does not acknowledge, or what `signal` aborts with:
 * what was published stays
 */
export async function publishPlan(
  { wanted, left, tell }: RedrivePlan,
  {
    publish,
    rate,
    clock,
    signal,
    onPublished,
    onLeft,
    ...topics
  }: Topics & {
    publish: (record: OutgoingRecord) => Promise<PublishResult>
    /** Records a second. */
    rate: number
    clock: Clock
    signal?: AbortSignal
    onPublished: (original: FailedOriginal) => void
    onLeft: () => void
  },
): Promise<void> {
  await publishInOrder({
    candidates: wanted,
    fetchAgain: (chunk) => fetchOriginals(chunk, topics),
    publish,
    rate,
    clock,
    onPublished,
    onLeft: ({ partition, offset }, why) => {
      add(left, UNUSABLE)
      tell({ topic: topicName('analysisFailed', topics.prefix), partition, offset }, why)
      onLeft()
    },
    ...(signal && { signal }),
  })
}

async function fetchOriginals(
  chunk: FailedOriginal[],
  { read, codec, prefix }: Topics,
): Promise<Map<FailedOriginal, OutgoingRecord>> {
  const records = new Map<FailedOriginal, OutgoingRecord>()
  await readPlaces('analysisFailed', chunk, read, async (entry, record) => {
    const decoded = await readOrFail('analysisFailed', record, codec)
    if (decoded.kind !== 'ok') return
    const { origin, original } = decoded.value
    const { key, value, headers } = original
    const topic = topicName(entry.isSubmitted ? 'conversationsReceived' : 'insightsProduced', prefix)
    records.set(entry, { topic, key, value, headers: entry.isSubmitted ? withFirstOrigin(origin, headers) : headers })
  })
  return records
}
