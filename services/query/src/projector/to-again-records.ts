import { toRecord, type RecordOptions } from '@insights/pipeline/to-record'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { topicName } from '@insights/schemas/topics'
import { erasedThroughHeader } from '@insights/schemas/events/erased-through'
import type { Written } from './write/write-projection.ts'

/** What the tables hold, as records of `insights.produced`: an insight with its age, a tombstone with its own. */
export function toAgainRecords(again: Written['again'], options: RecordOptions): OutgoingRecord[] {
  return again.map((one) => {
    if (one.kind === 'erasure') {
      const headers = [erasedThroughHeader(one.erasure.erasedThrough)]
      return { topic: topicName('insightsProduced', options.prefix), key: one.of, value: null, headers }
    }
    const cause = { headers: [firstOriginHeader(one.event.origin)] }
    return toRecord('insightsProduced', one.event, cause, options)
  })
}
