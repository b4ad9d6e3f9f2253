import { createFairQueue } from './fair-queue.ts'
import type { Work } from './work.ts'

export interface Gatherer {
  add(work: Work): void
  /** Before all that is new, in their order: for conversations that were taken already and go again. */
  putBack(works: readonly Work[]): void
  /** Milliseconds until a batch should leave: 0 when one is full or its oldest has waited long enough; null when empty. */
  dueInMs(now: number): number | null
  /** How urgent the next batch is; the most urgent of its conversations decides. */
  urgency(now: number): Urgency
  /** The next batch, full or not; empty when nothing waits. */
  take(now: number): Work[]
  /** Forgets every conversation for which `isGone` and returns them. */
  drop(isGone: (work: Work) => boolean): Work[]
  size(): number
}

export type Urgency = 'again' | 'live' | 'bulk'

/**
 * Conversations wait here for a call: first those that go again, then live ones, then the bulk lane, which gets a call of its
 * own only when nothing else is due and otherwise fills up what others leave free. Within a lane the partitions take turns. A
 * batch ends at `batchSize` conversations, before `maxTokens` estimated tokens are exceeded (a single conversation always
 * fits), or at the smallest `share` among its members.
 */
export function createGatherer({
  batchSize,
  maxTokens,
  flushMs,
}: {
  batchSize: number
  maxTokens: number
  flushMs: number
}): Gatherer {
  let again: Work[] = []
  const lanes = {
    live: { queue: createFairQueue<Work>(partitionOf), tokens: 0 },
    bulk: { queue: createFairQueue<Work>(partitionOf), tokens: 0 },
  }

  /** Of one lane and what goes again: full batches are due at once, others when their oldest has waited. */
  function dueOf(ahead: readonly Work[], lane: 'live' | 'bulk', now: number): number | null {
    const { queue, tokens } = lanes[lane]
    const heads = [...ahead, ...queue.heads()]
    if (heads.length === 0) return null
    const isFull =
      ahead.length + queue.size() >= batchSize ||
      ahead.some(({ share }) => share <= ahead.length) ||
      tokens + ahead.reduce((sum, work) => sum + work.tokens, 0) >= maxTokens
    if (isFull) return 0
    const oldest = heads.reduce((least, { waitingSince }) => Math.min(least, waitingSince), Infinity)
    return Math.max(0, oldest + flushMs - now)
  }

  function take(now: number): Work[] {
    const works: Work[] = []
    let tokens = 0
    let limit = batchSize
    const fits = (work: Work) =>
      works.length === 0 || (works.length < Math.min(limit, work.share) && tokens + work.tokens <= maxTokens)
    const put = (work: Work) => {
      works.push(work)
      tokens += work.tokens
      limit = Math.min(limit, work.share)
    }
    while (again[0] !== undefined && fits(again[0])) put(again.shift() as Work)
    const isBulk = works.length === 0 && urgency(now) === 'bulk'
    // A bulk batch that is due does not take along live ones that still wait for company, or it would spoil theirs.
    for (const lane of isBulk ? [lanes.bulk] : [lanes.live, lanes.bulk])
      for (let next = lane.queue.peek(); next !== undefined && fits(next); next = lane.queue.peek()) {
        put(next)
        lane.queue.shift()
        lane.tokens -= next.tokens
      }
    return works
  }

  function urgency(now: number): Urgency {
    if (again.length > 0) return 'again'
    return lanes.bulk.queue.size() > 0 && dueOf([], 'live', now) !== 0 ? 'bulk' : 'live'
  }

  function dropOf(lane: 'live' | 'bulk', isGone: (work: Work) => boolean): Work[] {
    const gone = lanes[lane].queue.drop(isGone)
    for (const { tokens } of gone) lanes[lane].tokens -= tokens
    return gone
  }

  return {
    add: (work) => {
      const lane = lanes[work.lane]
      lane.queue.push(work)
      lane.tokens += work.tokens
    },
    putBack: (works) => {
      again = [...works, ...again]
    },
    dueInMs: (now) => {
      const [first, second] = [dueOf(again, 'live', now), dueOf([], 'bulk', now)]
      return first === null || second === null ? (first ?? second) : Math.min(first, second)
    },
    urgency,
    take,
    drop: (isGone) => {
      const gone = [...again.filter(isGone), ...dropOf('live', isGone), ...dropOf('bulk', isGone)]
      again = again.filter((work) => !isGone(work))
      return gone
    },
    size: () => again.length + lanes.live.queue.size() + lanes.bulk.queue.size(),
  }
}

const partitionOf = ({ owned }: Work) => owned.partition
