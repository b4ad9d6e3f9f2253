import type { OutgoingRecord, RecordHeader } from '@insights/runtime/kafka/records'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { Origin } from '@insights/schemas/events/origin'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import { holdTopics, originAt } from '../publish-again/hold-topics.fixture.ts'
import { redriveFailures } from './redrive-failures.ts'

/** When all failures were appended. */
export const DAY = 86_400_000

export const everything = {
  classes: [],
  problems: [],
  since: null,
  until: null,
  onlyRetryable: false,
  conversations: new Set<string>(),
  failures: new Set<string>(),
}

interface Failed {
  /** Of its conversation, and its key. Null: a record under the key `k` that named none. */
  id: string | null
  origin: Origin
  class: FailureClass
  value: Buffer | null
  headers: RecordHeader[]
  /** The offset of the record that failed, where that is not the first one. */
  copyAt: number | null
}

/** Topics with failures in them, and a redrive of all or of what is selected. */
export function setUpRedrive() {
  const topics = holdTopics()
  const fail = (changes: Partial<Failed>) => {
    const failed: Failed = {
      id: 'a',
      origin: originAt(1),
      class: 'expired',
      value: Buffer.from('v'),
      headers: [],
      copyAt: null,
      ...changes,
    }
    const { appended_at: appendedAt, ...place } = failed.origin
    const { id: conversationId, value, headers } = failed
    const key = Buffer.from(conversationId ?? 'k')
    const failure = toAnalysisFailed({
      record: { ...place, appendedAt, key, value, headers },
      class: failed.class,
      problem: { type: 'urn:test', title: 'Test', detail: 'a test' },
      conversationId,
      attempts: 0,
      retryable: false,
      failedAt: DAY,
    })
    const deadLetter =
      failed.copyAt === null
        ? []
        : Object.entries({ partition: 0, offset: failed.copyAt }).map(([name, number]) => ({
            name: `__dlq.errors.${name}`,
            value: Buffer.from(String(number)),
          }))
    topics.append('analysisFailed', { key, appendedAt: DAY, headers: deadLetter }, failure)
    return failure
  }
  const redrive = async (options: Partial<Parameters<typeof redriveFailures>[0]> = {}) => {
    const published: OutgoingRecord[] = []
    const lines: string[] = []
    const done = await redriveFailures({
      ...topics,
      publish: async (record) => {
        if (String(record.value) === 'too large') return { ok: false, reason: 'too_large', detail: 'MESSAGE_TOO_LARGE' }
        published.push(record)
        return { ok: true }
      },
      prefix: '',
      selection: everything,
      rate: 1_000,
      dryRun: false,
      clock: { now: () => 0, pause: () => Promise.resolve() },
      report: (line) => void lines.push(line),
      step: () => () => {},
      ...options,
    })
    return { published, lines, selected: done.selected, unmatched: done.unmatched, left: Object.fromEntries(done.left) }
  }
  return { ...topics, fail, redrive }
}
