import { toRecord, type RecordOptions } from '@insights/pipeline/to-record'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { topicName } from '@insights/schemas/topics'
import { toTombstone } from './to-tombstone.ts'
import type { Written } from './write/write-projection.ts'

/** What the tables hold, as records of `insights.produced`: an insight with its age, a tombstone with its own. */
export function toAgainRecords(again: Written['again'], options: RecordOptions): OutgoingRecord[] {
  return again.map((one) => {
    if (one.kind === 'erasure') {
      const { erasedThrough } = one.erasure
      return toTombstone(one.of, { topic: topicName('insightsProduced', options.prefix), erasedThrough })
    }
    const cause = { headers: [firstOriginHeader(one.event.origin)] }
    return toRecord('insightsProduced', one.event, cause, options)
  })
}
