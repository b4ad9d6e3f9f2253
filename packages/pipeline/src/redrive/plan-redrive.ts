import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { toPrintableLine } from '@insights/runtime/to-printable'
import { inOrderOfAge, MOST_CANDIDATES } from '../publish-again/candidate.ts'
import { nothingKnown, SKIP_REASONS, whySkipped } from '../publish-again/facts.ts'
import type { ReadTopic } from '../publish-again/open-topics.ts'
import type { FactReader } from '../publish-again/read-fact.ts'
import { readFacts } from '../publish-again/read-facts.ts'
import { add, type Tally } from '../publish-again/tally.ts'
import { findCopies, isWaiting } from './find-copies.ts'
import { gatherFailures, type FailedOriginal } from './gather-failures.ts'
import type { Selection } from './select-failures.ts'

/** Where a redrive reads. */
export type Topics = FactReader & { read: ReadTopic }

export interface RedrivePlan {
  /** Failures read, and those that the selection took: each of them is wanted or left. */
  read: number
  selected: number
  /** By the reason. Publishing adds to it. */
  left: Tally
  /** Selected ids that no failure has. */
  unmatched: string[]
  /** Oldest first. */
  wanted: FailedOriginal[]
  /** Says why a failure is left. */
  tell: Tell
}

type Tell = (record: Pick<ConsumedRecord, 'topic' | 'partition' | 'offset'>, why: string) => void

/** The topics that a redrive reads. */
export const SOURCES = ['conversationsReceived', 'analysisFailed', 'insightsProduced'] as const

/**
 * What is published again of the selected failures. What a newer submission, an erasure or an answer has made needless
 * is left, and what was published again and has not failed since: so a second run publishes nothing twice.
 * @throws PipelineFault when the registry is away, or more than `most` originals are selected
 */
export async function planRedrive({
  selection,
  report,
  most = MOST_CANDIDATES,
  ...topics
}: Topics & { selection: Selection; report: (line: string) => void; most?: number }): Promise<RedrivePlan> {
  const left: Tally = new Map()
  const tell = createTell(report)
  const { originals, ...gathered } = await gatherFailures({ ...topics, selection, most, left, tell })
  return { ...gathered, left, tell, wanted: await leaveNeedless(originals, { ...topics, left }) }
}

/** In order of age, without those of which the topics say that they are needless. */
async function leaveNeedless(
  originals: FailedOriginal[],
  { left, ...topics }: Topics & { left: Tally },
): Promise<FailedOriginal[]> {
  const sorted = inOrderOfAge(originals)
  if (sorted.length === 0) return []
  const submitted = sorted.filter(({ isSubmitted, id }) => isSubmitted && id !== null)
  const ids = new Set(submitted.map(({ id }) => id ?? ''))
  const since = sorted[0]?.origin.appended_at ?? 0
  const facts = await readFacts({ ids, since, topics: SOURCES, ...topics, ...findCopies(sorted) })
  return sorted.filter((original) => {
    const { id, origin, isSubmitted } = original
    const overtaken = isSubmitted ? whySkipped(origin, facts.get(id ?? '') ?? nothingKnown) : null
    const reason = overtaken ?? (isWaiting(original) ? 'waiting' : null)
    if (reason !== null) add(left, SKIP_REASONS[reason])
    return reason === null
  })
}

/** Anyone who writes to the topic can make as many as they like. */
function createTell(report: (line: string) => void): Tell {
  let told = 0
  return ({ topic, partition, offset }, why) => {
    if (++told > MOST_TOLD) return
    report(`left alone: ${topic}/${partition}@${offset}: ${toPrintableLine(why)}`)
    if (told === MOST_TOLD) report('and more that are left alone, which are not listed')
  }
}

const MOST_TOLD = 100
