import { createFairQueue } from './fair-queue.ts'
import { createUnansweredQueue } from './unanswered-queue.ts'
import type { Urgency } from '../work/urgency.ts'
import type { Work } from '../work/work.ts'

export interface Gatherer {
  add(work: Work): void
  /** Before all that is new, behind those that go again already: for conversations that were taken and go again. */
  putBack(works: readonly Work[]): void
  /** For the conversations of an unanswered call. They take turns with all others. */
  putUnanswered(works: readonly Work[]): void
  /**
   * Milliseconds until a batch should leave: 0 when one is full or its oldest has waited long enough; null when empty.
   */
  dueInMs(now: number): number | null
  /** How urgent the next batch is; the most urgent of its conversations decides. */
  urgency(now: number): Urgency
  /** The next batch, full or not; empty when nothing waits. */
  take(now: number): Work[]
  /** Forgets every conversation for which `isGone` and returns them. */
  drop(isGone: (work: Work) => boolean): Work[]
  size(): number
}

/**
 * Conversations wait here for a call: first those that go again, then live ones, then the bulk lane, which gets a call
 * of its own only when nothing else is due and otherwise fills up what others leave free. Within a lane the partitions
 * take turns. A batch ends at `batchSize` conversations, or before `maxTokens` estimated tokens are exceeded (a single
 * conversation always fits). Those of a group leave together, without others and without waiting for any; one that is
 * new and goes alone waits in its lane beside those that share, and whichever have waited longer go first: a flood of
 * such does not stop the others. Those of unanswered calls take turns with all others: during a cool-down every second
 * probe asks about others.
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
  const unanswered = createUnansweredQueue()
  let isTurnOfUnanswered = false
  const lanes = { live: createLane(), bulk: createLane() }

  function dueOfOthers(now: number): number | null {
    return earlier(dueOf(again, lanes.live, now), dueOf([], lanes.bulk, now))
  }

  /** Of one lane and what goes again: groups are due at once. */
  function dueOf(ahead: readonly Work[], lane: Lane, now: number): number | null {
    return lane.alone.size() > 0 || groupOf(ahead[0]) !== null ? 0 : sharedDueOf(ahead, lane, now)
  }

  /** Full batches are due at once, others when their oldest has waited. */
  function sharedDueOf(ahead: readonly Work[], { shared, tokens }: Lane, now: number): number | null {
    const heads = [...ahead, ...shared.heads()]
    if (heads.length === 0) return null
    const isFull =
      ahead.length + shared.size() >= batchSize ||
      tokens + ahead.reduce((sum, work) => sum + work.tokens, 0) >= maxTokens
    if (isFull) return 0
    const oldest = heads.reduce((least, { waitingSince }) => Math.min(least, waitingSince), Infinity)
    return Math.max(0, oldest + flushMs - now)
  }

  function take(now: number): Work[] {
    const othersDueInMs = dueOfOthers(now)
    const ofUnanswered = isTurnOfUnanswered || othersDueInMs === null || othersDueInMs > 0 ? unanswered.take(now) : []
    isTurnOfUnanswered = ofUnanswered.length === 0
    return ofUnanswered.length > 0 ? ofUnanswered : takeOthers(now)
  }

  function takeOthers(now: number): Work[] {
    const group = groupOf(again[0])
    if (group !== null) return takeGroup(group)
    const works: Work[] = []
    let tokens = 0
    const fits = (work: Work | undefined): work is Work =>
      work?.group === null && (works.length === 0 || (works.length < batchSize && tokens + work.tokens <= maxTokens))
    const put = (work: Work) => {
      works.push(work)
      tokens += work.tokens
    }
    while (fits(again[0])) put(again.shift() as Work)
    const isBulk = works.length === 0 && isTurnOfBulk(now)
    const first = lanes[isBulk ? 'bulk' : 'live']
    if (works.length === 0 && isAloneFirst(first, now)) return [first.alone.shift() as Work]
    // A bulk batch that is due takes no live ones that still wait for batch-mates, or it would leave their batch
    // smaller.
    for (const lane of isBulk ? [lanes.bulk] : [lanes.live, lanes.bulk])
      for (let next = lane.shared.peek(); fits(next); next = lane.shared.peek()) {
        put(next)
        lane.shared.shift()
        lane.tokens -= next.tokens
      }
    return works
  }

  function takeGroup(group: string): Work[] {
    const works = again.filter((work) => work.group === group)
    again = again.filter((work) => work.group !== group)
    return works
  }

  function isAloneFirst(lane: Lane, now: number): boolean {
    const [one, other] = [lane.alone.peek(), lane.shared.peek()]
    if (one === undefined || other === undefined) return one !== undefined
    return one.waitingSince <= other.waitingSince || sharedDueOf([], lane, now) !== 0
  }

  function urgency(now: number): Urgency {
    if (again.length > 0 || unanswered.dueInMs(now) === 0) return 'again'
    return isTurnOfBulk(now) ? 'bulk' : 'live'
  }

  function isTurnOfBulk(now: number): boolean {
    return sizeOf(lanes.bulk) > 0 && dueOf([], lanes.live, now) !== 0
  }

  function dropOf(lane: Lane, isGone: (work: Work) => boolean): Work[] {
    const gone = lane.shared.drop(isGone)
    for (const { tokens } of gone) lane.tokens -= tokens
    return [...gone, ...lane.alone.drop(isGone)]
  }

  return {
    add: (work) => {
      const lane = lanes[work.lane]
      if (work.group !== null) return lane.alone.push(work)
      lane.shared.push(work)
      lane.tokens += work.tokens
    },
    putBack: (works) => {
      again = [...again, ...works]
    },
    putUnanswered: unanswered.push,
    dueInMs: (now) => earlier(unanswered.dueInMs(now), dueOfOthers(now)),
    urgency,
    take,
    drop: (isGone) => {
      const gone = [
        ...again.filter(isGone),
        ...unanswered.drop(isGone),
        ...dropOf(lanes.live, isGone),
        ...dropOf(lanes.bulk, isGone),
      ]
      again = again.filter((work) => !isGone(work))
      return gone
    },
    size: () => again.length + unanswered.size() + sizeOf(lanes.live) + sizeOf(lanes.bulk),
  }
}

const createLane = () => ({
  shared: createFairQueue<Work>(partitionOf),
  alone: createFairQueue<Work>(partitionOf),
  /** Estimated, of the shared ones. */
  tokens: 0,
})
type Lane = ReturnType<typeof createLane>

const sizeOf = ({ shared, alone }: Lane): number => shared.size() + alone.size()
const groupOf = (work: Work | undefined) => work?.group ?? null
const partitionOf = ({ owned }: Work) => owned.partition

/** Of two times, null being never. */
const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b)
