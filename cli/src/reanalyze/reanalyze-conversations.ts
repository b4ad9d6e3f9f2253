import { detach, type OutgoingRecord } from '@insights/runtime/kafka/records'
import type { OffsetRange } from '@insights/runtime/kafka/admin'
import { topicName } from '@insights/schemas/topics'
import { CommandFault } from '../describe-fault.ts'
import { inOrderOfAge, MOST_CANDIDATES } from '@insights/pipeline/publish-again/candidate'
import { nothingKnown, type Facts } from '@insights/pipeline/publish-again/facts'
import type { ReadTopic } from '@insights/pipeline/publish-again/open-topics'
import type { FactReader } from '@insights/pipeline/publish-again/read-fact'
import { readFacts } from '@insights/pipeline/publish-again/read-facts'
import { readPlaces } from '@insights/pipeline/publish-again/read-places'
import { withFirstOrigin } from '@insights/pipeline/publish-again/set-headers'
import { add, type Tally } from '@insights/pipeline/publish-again/tally'
import { gatherConversations, type Submitted } from './gather-conversations.ts'
import { heldSince } from './held-window.ts'
import type { Window } from './reanalyze-options.ts'
import { whyNotReanalyzed, type Prompts } from './why-not-reanalyzed.ts'

type Topics = FactReader & { read: ReadTopic }

export interface Chosen {
  /** In order of age. */
  wanted: Submitted[]
  left: Tally
  versions: Tally
  heldSince: number
  /** Of the insights of those that are wanted. */
  costs: { count: number; ticks: number }
}

/**
 * Which conversations of the window are to be analysed once more: those whose newest submission has an insight under
 * another prompt.
 * @throws CommandFault when the topic holds nothing of the window, or too much for a run; when the registry is away
 */
export async function chooseConversations(
  options: Topics & {
    ranges: readonly OffsetRange[]
    window: Window
    prompts: Prompts
    /** Epoch ms. */
    now: number
    most?: number
  },
): Promise<Chosen> {
  const { ranges, window, prompts, now, most = MOST_CANDIDATES, ...topics } = options
  const { submitted, firstAt } = await gatherConversations({ ...topics, window, most })
  const held = heldSince(ranges, { since: window.since, firstAt, now })
  if (held >= (window.until ?? now)) throw new CommandFault(nothingHeld(held))
  const facts = await readWhatFollowed(submitted, window, topics)
  const left: Tally = new Map()
  const versions: Tally = new Map()
  const costs = { count: 0, ticks: 0 }
  const wanted = inOrderOfAge(submitted).filter((one) => {
    const known = facts(one.id)
    if (known.answer !== null) add(versions, known.answer.promptVersion)
    const why = whyNotReanalyzed(one, known, prompts)
    if (why !== null) add(left, why)
    else if (known.answer !== null && known.answer.costUsdTicks > 0) {
      costs.count++
      costs.ticks += known.answer.costUsdTicks
    }
    return why === null
  })
  return { wanted, left, versions, heldSince: held, costs }
}

/** The window's own submissions are known; of newer ones, only what came when it was over. */
async function readWhatFollowed(submitted: Submitted[], { since, until }: Window, topics: Topics) {
  const ids = new Set(submitted.map(({ id }) => id))
  const newer =
    until === null
      ? new Map<string, Facts>()
      : await readFacts({ ...topics, ids, since: until, topics: ['conversationsReceived'] })
  const answers = await readFacts({ ...topics, ids, since, topics: ['insightsProduced'] })
  return (id: string): Facts => ({ ...(answers.get(id) ?? nothingKnown), newest: newer.get(id)?.newest ?? null })
}

/** The records as they are published: in the bulk lane, and as old as they are. */
export async function fetchForBulk(
  chunk: Submitted[],
  { read, prefix }: { read: ReadTopic; prefix: string },
): Promise<Map<Submitted, OutgoingRecord>> {
  const records = new Map<Submitted, OutgoingRecord>()
  const topic = topicName('conversationsReceived', prefix)
  await readPlaces('conversationsReceived', chunk, read, async (one, record) => {
    const { key, value, headers } = detach(record)
    const own = { topic, partition: record.partition, offset: record.offset, appended_at: record.appendedAt }
    const others = withFirstOrigin(own, headers).filter(({ name }) => name !== 'lane')
    records.set(one, { topic, key, value, headers: [...others, { name: 'lane', value: 'bulk' }] })
  })
  return records
}

const nothingHeld = (held: number): string =>
  `conversations.received holds nothing of that time: it begins at ${new Date(held).toISOString()} and keeps 7 days; ` +
  'older conversations can be analysed once more only by submitting them again'
