import { createHash } from 'node:crypto'
import { readRecord } from '@insights/pipeline/read-record'
import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { Codec } from '@insights/schemas/codec'
import { CommandFault } from '../describe-fault.ts'
import { isSelected, originalId, type Selection } from './select-failures.ts'

export interface Redriven {
  /** Failures read, those that the selection took, and how many different originals they had. */
  read: number
  selected: number
  published: number
  byClass: Record<string, number>
}

/**
 * Publishes the original of each selected failure again: same topic, key, value and headers. Doing it twice is safe,
 * because the same messages under the same prompt are the same insight (I6); it only costs another call.
 * @throws when the registry is away or the broker does not acknowledge: what was published stays, run it again
 */
export async function redriveFailures(options: {
  readFailures: (onRecords: (records: ConsumedRecord[]) => Promise<void>) => Promise<void>
  codec: Pick<Codec, 'decode'>
  publish: (records: OutgoingRecord[]) => Promise<PublishResult>
  selection: Selection
  dryRun: boolean
  report: (line: string) => void
}): Promise<Redriven> {
  const { readFailures, codec, publish, selection, dryRun, report } = options
  const seen = new Set<string>()
  const done: Redriven = { read: 0, selected: 0, published: 0, byClass: {} }
  await readFailures(async (records) => {
    for (const record of records) {
      done.read++
      if (done.read % 10_000 === 0) report(`${done.read} failures read so far`)
      const decoded = await readRecord('analysisFailed', record, codec)
      if (decoded.kind === 'registry_away') throw new CommandFault(`the registry is away: ${decoded.detail}`)
      if (decoded.kind !== 'ok') {
        report(`not readable, left alone: ${record.topic}/${record.partition}@${record.offset}: ${decoded.detail}`)
        continue
      }
      const failure = decoded.value
      if (!isSelected(failure, selection)) continue
      done.selected++
      const id = originalId(failure, hashOf)
      if (seen.has(id)) continue
      seen.add(id)
      const { key, value, headers } = failure.original
      if (!dryRun) {
        const result = await publish([{ topic: failure.origin.topic, key, value, headers }])
        if (!result.ok) throw new CommandFault(`${failure.failure_id} was not published: ${result.detail}`)
      }
      done.published++
      done.byClass[failure.class] = (done.byClass[failure.class] ?? 0) + 1
      if (done.published % 1_000 === 0) report(`${done.published} published so far`)
    }
  })
  return done
}

function hashOf(parts: (Buffer | null)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part === null ? 'null;' : `${part.length};`).update(part ?? '')
  return hash.digest('base64')
}
