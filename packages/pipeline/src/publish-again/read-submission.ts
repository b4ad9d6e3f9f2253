import { readRecord } from '../read-record.ts'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import type { Codec } from '@insights/schemas/codec'
import { checkKey } from '@insights/schemas/events/check-key'
import { firstOriginOf } from '@insights/schemas/events/first-origin'
import type { Origin } from '@insights/schemas/events/origin'
import type { TopicId } from '@insights/schemas/topics'
import { PipelineFault } from '../pipeline-fault.ts'

/** Whether an analyzer could read the original of a failure: then it is a submission, of which the newest counts. */
export const isReadable = ({ class: cls }: Pick<AnalysisFailed, 'class'>): boolean =>
  cls !== 'undecodable' && cls !== 'invalid'

/** Where the submission of a record of `conversations.received` was first; null where an analyzer would take none. */
export async function readSubmission(record: ConsumedRecord, codec: Pick<Codec, 'decode'>): Promise<Origin | null> {
  const first = firstOriginOf(record)
  if (first.kind === 'invalid') return null
  const decoded = await readOrFail('conversationsReceived', record, codec)
  return checkKey(record.key, decoded).kind === 'ok' ? first.origin : null
}

/** @throws PipelineFault when the registry is away: what cannot be read now must not be taken for unreadable */
export async function readOrFail<K extends TopicId>(topic: K, record: ConsumedRecord, codec: Pick<Codec, 'decode'>) {
  const decoded = await readRecord<K>(topic, record, codec)
  if (decoded.kind === 'registry_away')
    throw new PipelineFault(
      `the schema registry is away: ${decoded.detail}; look at SCHEMA_REGISTRY_URL and run it again`,
    )
  return decoded
}
