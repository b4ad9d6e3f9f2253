import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import type { PublishResult } from '@insights/runtime/kafka/publisher'
import { toPrintableLine } from '@insights/runtime/to-printable'
import type { Codec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { inOrderOfAge, MOST_CANDIDATES } from '../publish-again/candidate.ts'
import { nothingKnown, SKIP_REASONS, whySkipped } from '../publish-again/facts.ts'
import type { ReadTopic } from '../publish-again/open-topics.ts'
import { publishInOrder, type Clock } from '../publish-again/publish-in-order.ts'
import type { FactReader } from '../publish-again/read-fact.ts'
import { readFacts } from '../publish-again/read-facts.ts'
import { readPlaces } from '../publish-again/read-places.ts'
import { readOrFail } from '../publish-again/read-submission.ts'
import { withFirstOrigin } from '../publish-again/set-headers.ts'
import type { Step } from '@insights/runtime/show-progress'
import { add, type Tally } from '../publish-again/tally.ts'
import { gatherFailures, UNUSABLE, type FailedOriginal } from './gather-failures.ts'
import type { Selection } from './select-failures.ts'

export interface Redriven {
  /** Failures read, and those that the selection took: each of them was published or left. */
  read: number
  selected: number
  /** By class. */
  published: Tally
  /** By the reason. */
  left: Tally
  /** Selected ids that no failure has. */
  unmatched: string[]
  /** Epoch ms of the oldest original that is published; null when none is. */
  oldest: number | null
}

/**
 * Publishes the original of each selected failure again, oldest first: same topic, key, value and headers, and its
 * first origin, so that it stays as old as it is (I7). What a newer submission, an erasure or an answer has made
 * needless is left. Doing it twice is safe, because the same messages under the same prompt are the same insight (I6);
 * it only costs another call. What a failure says is not obeyed: it decides neither where something is written, beyond
 * where failures come from, nor erases.
 * @throws CommandFault when the registry is away or the broker does not acknowledge: what was published stays
 */
export async function redriveFailures(options: {
  read: ReadTopic
  codec: Pick<Codec, 'decode'>
  publish: (record: OutgoingRecord) => Promise<PublishResult>
  /** TOPIC_PREFIX: of the topics that are written to. */
  prefix: string
  selection: Selection
  /** Records a second. */
  rate: number
  dryRun: boolean
  clock: Clock
  report: (line: string) => void
  step: Step
  most?: number
}): Promise<Redriven> {
  const { read, codec, prefix, selection, most = MOST_CANDIDATES, rate, dryRun, clock, step, report } = options
  const left: Tally = new Map()
  const published: Tally = new Map()
  const tell = createTell(report)
  const { originals, ...gathered } = await gatherFailures({ read, codec, prefix, selection, most, left, tell })
  const wanted = await leaveNeedless(originals, { read, codec, prefix, left })
  const done = { ...gathered, published, left, oldest: wanted[0]?.origin.appended_at ?? null }
  if (dryRun) {
    for (const original of wanted) add(published, original.class)
    return done
  }
  const progress = step('published', wanted.length)
  await publishInOrder({
    candidates: wanted,
    fetchAgain: (chunk) => fetchOriginals(chunk, { read, codec, prefix }),
    publish: options.publish,
    rate,
    clock,
    onPublished: (original) => {
      add(published, original.class)
      progress(1)
    },
    onLeft: ({ partition, offset }, why) => {
      add(left, UNUSABLE)
      tell({ topic: topicName('analysisFailed', prefix), partition, offset }, why)
      progress(1)
    },
  })
  return done
}

const SOURCES = ['conversationsReceived', 'analysisFailed', 'insightsProduced'] as const

/** In order of age, without those of whose conversation the topics say that they are needless. */
async function leaveNeedless(
  originals: FailedOriginal[],
  { left, ...topics }: FactReader & { read: ReadTopic; left: Tally },
): Promise<FailedOriginal[]> {
  const sorted = inOrderOfAge(originals)
  const submitted = sorted.filter(({ isSubmitted, id }) => isSubmitted && id !== null)
  const ids = new Set(submitted.map(({ id }) => id ?? ''))
  const facts = await readFacts({ ids, since: submitted[0]?.origin.appended_at ?? 0, topics: SOURCES, ...topics })
  return sorted.filter(({ id, origin, isSubmitted }) => {
    const reason = isSubmitted ? whySkipped(origin, facts.get(id ?? '') ?? nothingKnown) : null
    if (reason !== null) add(left, SKIP_REASONS[reason])
    return reason === null
  })
}

async function fetchOriginals(
  chunk: FailedOriginal[],
  { read, codec, prefix }: FactReader & { read: ReadTopic },
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

/** Says why a failure is left. Anyone who writes to the topic can make as many as they like. */
function createTell(report: (line: string) => void) {
  let told = 0
  return ({ topic, partition, offset }: Pick<ConsumedRecord, 'topic' | 'partition' | 'offset'>, why: string) => {
    if (++told > MOST_TOLD) return
    report(`left alone: ${topic}/${partition}@${offset}: ${toPrintableLine(why)}`)
    if (told === MOST_TOLD) report('and more that are left alone, which are not listed')
  }
}

const MOST_TOLD = 100
