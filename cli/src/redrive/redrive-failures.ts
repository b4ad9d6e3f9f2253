import { createHash } from 'node:crypto'
import { readRecord } from '@insights/pipeline/read-record'
import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import type { PublishResult } from '@insights/runtime/kafka/publisher'
import { toPrintableLine } from '@insights/runtime/to-printable'
import type { Codec } from '@insights/schemas/codec'
import { CommandFault } from '../describe-fault.ts'
import { whyNotPublished } from './check-target.ts'
import { isSelected, originalId, type Selection } from './select-failures.ts'

export interface Redriven {
  /** Failures read, those that the selection took, and how many different originals they had. */
  read: number
  selected: number
  published: number
  /** Selected, and left alone for a reason that was reported. */
  left: number
  byClass: Record<string, number>
}

/**
 * Publishes the original of each selected failure again: same topic, key, value and headers. Doing it twice is safe,
 * because the same messages under the same prompt are the same insight (I6); it only costs another call. What a failure
 * says is not obeyed: it decides neither where something is written, beyond where failures come from, nor erases.
 * @throws when the registry is away or the broker does not acknowledge: what was published stays, run it again
 */
export async function redriveFailures(options: {
  readFailures: (onRecords: (records: ConsumedRecord[]) => Promise<void>) => Promise<void>
  codec: Pick<Codec, 'decode'>
  publish: (records: OutgoingRecord[]) => Promise<PublishResult>
  /** TOPIC_PREFIX: of the topics that are written to. */
  prefix: string
  selection: Selection
  dryRun: boolean
  report: (line: string) => void
}): Promise<Redriven> {
  const { readFailures, codec, publish, prefix, selection, dryRun, report } = options
  const seen = new Set<string>()
  const done: Redriven = { read: 0, selected: 0, published: 0, left: 0, byClass: {} }
  let told = 0
  const tell = (record: ConsumedRecord, why: string) => {
    if (++told > MOST_TOLD) return
    report(`left alone: ${record.topic}/${record.partition}@${record.offset}: ${toPrintableLine(why)}`)
    if (told === MOST_TOLD) report('and more that are left alone, which are not listed')
  }
  await readFailures(async (records) => {
    for (const record of records) {
      done.read++
      if (done.read % 10_000 === 0) report(`${done.read} failures read so far`)
      const decoded = await readRecord('analysisFailed', record, codec)
      if (decoded.kind === 'registry_away') throw new CommandFault(`the registry is away: ${decoded.detail}`)
      if (decoded.kind !== 'ok') {
        tell(record, `not readable: ${decoded.detail}`)
        continue
      }
      const failure = decoded.value
      if (!isSelected(failure, selection)) continue
      done.selected++
      const id = originalId(failure, hashOf)
      if (seen.has(id)) continue
      seen.add(id)
      const why = whyNotPublished(failure, prefix)
      if (why !== null) {
        done.left++
        tell(record, why)
        continue
      }
      const { key, value, headers } = failure.original
      if (!dryRun) {
        const result = await publish([{ topic: failure.origin.topic, key, value, headers }])
        if (!result.ok && result.reason === 'too_large') {
          done.left++
          tell(record, `its original is larger than its topic takes: ${result.detail}`)
          continue
        }
        if (!result.ok) throw new CommandFault(`${failure.failure_id} was not published: ${result.detail}`)
      }
      done.published++
      done.byClass[failure.class] = (done.byClass[failure.class] ?? 0) + 1
      if (done.published % 1_000 === 0) report(`${done.published} published so far`)
    }
  })
  return done
}

/** Anyone who writes to the topic can make as many as they like. */
const MOST_TOLD = 100

function hashOf(parts: (Buffer | null)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part === null ? 'null;' : `${part.length};`).update(part ?? '')
  return hash.digest('base64')
}
