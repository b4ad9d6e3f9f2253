import { seededRandom } from '@insights/grok-simulator/seeded-random'
import { createBrokerClock, type BrokerClock } from './broker-clock.ts'
import { chooseSlot, isSlotOpen } from './choose-slot.ts'
import { planSlots } from '@insights/pipeline/estimate/plan-slots'
import { createEvents } from './run-events.fixture.ts'
import { createCoordinator, REBALANCE_MS, SESSION_MS, type Answer } from './simulate-coordinator.fixture.ts'

/** What keeps the calls of all members apart. A test replaces one to see the cap broken. */
export interface Rules {
  createClock(): BrokerClock
  choose: typeof chooseSlot
  isOpen: typeof isSlotOpen
  /** The lease; monotonic ms of the last successful heartbeat and of now. */
  hasLease(times: { heardAt: number; now: number }): boolean
  /** From when an answer of the coordinator renews the lease. */
  heardAt(times: { sentAt: number; receivedAt: number }): number
  /** By which count slots are dealt: what the leader told, or what the member itself sees of the topic. */
  partitionCount(counts: { told: number; seen: number }): number
  /** What is left of a membership from the moment when JoinGroup is sent. */
  whileRejoining(assignment: Assignment | null): Assignment | null
}

export const rules: Rules = {
  createClock: () => createBrokerClock(),
  choose: chooseSlot,
  isOpen: isSlotOpen,
  hasLease: ({ heardAt, now }) => now - heardAt <= SESSION_MS - LEASE_MARGIN_MS,
  heardAt: ({ sentAt }) => sentAt,
  partitionCount: ({ told }) => told,
  whileRejoining: () => null,
}

export type Trouble = 'join' | 'leave' | 'kill' | 'stop' | 'cut' | 'grow' | 'step'

export interface Scenario {
  seed: number
  ratePerSecond: number
  seconds: number
  members: number
  partitions: number
  /** Mean seconds between two troubles of a kind; one that is not named does not happen. */
  troubles?: Partial<Record<Trouble, number>>
  /**
   * `near`: the broker answers in 1–3 ms, once in a while in 300. `far`: so does the group's coordinator, but the
   * probed broker is another one, and 12 ms away in one direction, which one being each member's own. `slow`: one
   * message in ten takes up to 2 s.
   */
  network?: 'near' | 'far' | 'slow'
}

export interface Outcome {
  calls: number
  /**
   * The shortest time at the receiver from a call to the one that is one more than the cap; under 1000 the cap is
   * broken.
   */
  closestMs: number
  /** Of the cap, from `WARM_UP_MS` to the end. */
  share: number
  rebalances: number
}

/** The clocks settle, the first generations form. */
export const WARM_UP_MS = 20_000

const HEARTBEAT_MS = 1_000
const LEASE_MARGIN_MS = 1_000
const PROBE_MS = 5_000
const EPOCH = 1.79e12
const MAX_MEMBERS = 16

interface Assignment {
  partitions: ReadonlySet<number>
  partitionCount: number
  /** When the member got it, monotonic ms. */
  receivedAt: number
}

/**
 * Hours of a consumer group's life, event by event, in true milliseconds. Members have work all the time. They see true
 * time only through a monotonic clock that drifts by up to 50 ppm, and talk to the broker through a network that delays
 * and loses. The budget of 50 ms: two clocks off by at most 15 ms each, 12 ms lateness, and 8 ms by which the ways to
 * the receiver differ.
 */
export function simulate(scenario: Scenario, { createClock, choose, isOpen, ...others }: Rules = rules): Outcome {
  const { hasLease, heardAt, partitionCount, whileRejoining } = others
  const { ratePerSecond, seconds, troubles = {}, network = 'near' } = scenario
  const random = seededRandom(scenario.seed)
  const between = (low: number, high: number) => low + random() * (high - low)
  const plan = planSlots(ratePerSecond)
  const cap = Math.max(1, Math.floor(ratePerSecond))
  const events = createEvents()
  const endsAt = seconds * 1_000
  const arrivals: number[] = []
  const running = new Set<Member>()
  let partitionsNow = scenario.partitions
  let brokerOffset = EPOCH + between(0, 1_000)
  const coordinator = createCoordinator(events)

  type Member = ReturnType<typeof startMember>

  function delays(): { there: number; back: number } {
    if (random() < 0.01) return { there: between(0, 300), back: between(0, 300) }
    if (network === 'slow' && random() < 0.1) return { there: between(0, 2_000), back: between(0, 2_000) }
    const jitter = -Math.log(1 - random()) * 0.5
    return { there: 0.3 + jitter, back: 0.3 + jitter * random() }
  }

  /**
   * One process: a queue of timers and messages that stands still while the process is stopped, and then comes all at
   * once.
   */
  function startMember() {
    const origin = between(0, 1e7)
    const rate = 1 + between(-50e-6, 50e-6)
    const transit = between(0, 4)
    // On top of a probe's way: the estimate is off by half of it.
    const farther = network !== 'far' ? undefined : random() < 0.5 ? { there: 12, back: 0 } : { there: 0, back: 12 }
    const clock = createClock()
    const monotonic = () => origin + events.now() * rate
    let isAlive = true
    let isStopped = false
    let cutUntil = 0
    const held: { timers: (() => void)[]; messages: (() => void)[] } = { timers: [], messages: [] }

    let id: string | null = null
    let generation = -1
    let assignment: Assignment | null = null
    let lastHeard = -Infinity
    let seen = partitionsNow
    let last: { slot: number; steps: number } | null = null
    let aims = 0
    let joins = 0

    function at(time: number, queue: (() => void)[], run: () => void) {
      events.at(time, () => {
        if (!isAlive) return
        if (isStopped) queue.push(run)
        else run()
      })
    }
    const after = (ms: number, run: () => void) => at(events.now() + ms, held.timers, run)

    function ask(
      request: (reply: (answer: Answer) => void) => void,
      onAnswer: (answer: Answer, times: { sentAt: number; receivedAt: number }) => void,
      farther = { there: 0, back: 0 },
    ) {
      const sentAt = monotonic()
      const { there, back } = delays()
      const isLost = () => events.now() < cutUntil || random() < 0.001
      if (isLost()) return
      events.at(events.now() + there + farther.there, () =>
        request((answer) => {
          if (isLost()) return
          at(events.now() + back + farther.back, held.messages, () =>
            onAnswer(answer, { sentAt, receivedAt: monotonic() }),
          )
        }),
      )
    }

    function probe() {
      const appendTime = () => Math.floor(events.now() + brokerOffset)
      ask(
        (reply) => reply({ kind: 'appended', appendTime: appendTime() }),
        (answer, times) => {
          if (answer.kind !== 'appended') return
          clock.sample({ ...times, appendTime: answer.appendTime })
        },
        farther,
      )
      after(PROBE_MS, probe)
    }

    function refreshMetadata() {
      if (seen !== partitionsNow && events.now() >= cutUntil) {
        seen = partitionsNow
        if (assignment !== null && assignment.partitionCount < seen) join()
      }
      after(between(5_000, 15_000), refreshMetadata)
    }

    function join() {
      assignment = whileRejoining(assignment)
      const attempt = ++joins
      const retry = () => {
        if (attempt === joins) join()
      }
      generation = -1
      after(REBALANCE_MS + 5_000, () => {
        if (generation === -1) retry()
      })
      ask(
        (reply) => coordinator.join(id, reply),
        (joined) => {
          if (attempt !== joins) return
          if (joined.kind !== 'joined') {
            id = null
            return retry()
          }
          id = joined.id
          const dealt = joined.leader ? deal(joined.members, seen) : null
          ask(
            (reply) => coordinator.sync(joined.id, joined.generation, dealt, reply),
            (answer, times) => {
              if (attempt !== joins) return
              if (answer.kind === 'unknown') id = null
              if (answer.kind !== 'assigned') return retry()
              generation = joined.generation
              lastHeard = heardAt(times)
              assignment = {
                partitions: new Set(answer.partitions),
                partitionCount: answer.partitionCount,
                receivedAt: times.receivedAt,
              }
              aim()
            },
          )
        },
      )
    }

    /**
     * The leader deals out all partitions it sees, each time differently: nothing sticks, so every mistake about owners
     * shows.
     */
    function deal(members: string[], count: number) {
      const owners = Array.from({ length: count }, (_, i) => members[i % members.length] as string)
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1))
        ;[owners[i], owners[j]] = [owners[j] as string, owners[i] as string]
      }
      return { owners, partitionCount: count }
    }

    function heartbeat() {
      if (id !== null && generation !== -1) {
        const [asId, asGeneration] = [id, generation]
        ask(
          (reply) => reply(coordinator.heartbeat(asId, asGeneration)),
          (answer, times) => {
            if (asGeneration !== generation) return
            if (answer.kind === 'ok') lastHeard = Math.max(lastHeard, heardAt(times))
            else {
              if (answer.kind === 'unknown') id = null
              join()
            }
          },
        )
      }
      after(HEARTBEAT_MS, heartbeat)
    }

    function membership(now: number) {
      if (assignment === null) return null
      const { partitions, partitionCount: told, receivedAt } = assignment
      return { partitions, partitionCount: partitionCount({ told, seen }), since: now - (monotonic() - receivedAt) }
    }

    /** Aims at the next slot of ours; without broker time, looks again a little later. */
    function aim() {
      const token = ++aims
      if (assignment === null) return
      const lastSlot = last?.steps === clock.steps() ? last.slot : null
      const now = clock.now(monotonic())
      const next = now === null ? null : choose({ now, notBefore: 0, membership: membership(now), lastSlot, plan })
      if (now === null || next === null) {
        after(500, () => {
          if (token === aims) aim()
        })
        return
      }
      const lateness = random() < 0.003 ? between(5, 60) : -Math.log(1 - random()) * 0.4
      after(Math.max(0, next.startsAt - now) + lateness, () => {
        if (token === aims) use(next)
      })
    }

    function use({ slot, startsAt }: { slot: number; startsAt: number }) {
      const now = clock.now(monotonic())
      const isEarly = now !== null && now < startsAt
      if (!isEarly) {
        const leaves =
          isOpen({ now, slot, membership: now === null ? null : membership(now), plan }) &&
          hasLease({ heardAt: lastHeard, now: monotonic() })
        if (leaves)
          for (let call = 0; call < plan.callsPerSlot; call++) arrivals.push(events.now() + transit + between(0, 4))
        last = { slot, steps: clock.steps() }
      }
      aim()
    }

    const member = {
      kill: () => {
        isAlive = false
        running.delete(member)
      },
      leave: () => {
        if (isStopped) return
        assignment = null
        if (id !== null)
          ask(
            (reply) => reply(coordinator.leave(id as string)),
            () => {},
          )
        isAlive = false
        running.delete(member)
      },
      stop: (ms: number) => {
        if (isStopped) return
        isStopped = true
        events.at(events.now() + ms, () => {
          isStopped = false
          if (!isAlive) return
          for (const queue of [held.timers, held.messages]) for (const run of queue.splice(0)) run()
        })
      },
      cut: (ms: number) => {
        cutUntil = Math.max(cutUntil, events.now() + ms)
      },
    }
    running.add(member)
    probe()
    after(between(0, HEARTBEAT_MS), heartbeat)
    after(between(0, 15_000), refreshMetadata)
    join()
    return member
  }

  const anyMember = () => [...running][Math.floor(random() * running.size)]
  const someTime = () =>
    [between(50, 500), between(1_000, 12_000), between(12_000, 60_000)][Math.floor(random() * 3)] as number
  const happen: Record<Trouble, () => void> = {
    join: () => void (running.size < MAX_MEMBERS && startMember()),
    leave: () => void (running.size > 1 && anyMember()?.leave()),
    kill: () => {
      anyMember()?.kill()
      events.at(events.now() + between(0, 5_000), happen.join)
    },
    stop: () => anyMember()?.stop(someTime()),
    cut: () => anyMember()?.cut(someTime()),
    grow: () => {
      partitionsNow += 1 + Math.floor(random() * 12)
    },
    step: () => {
      // From 1 ms to 3 s, small ones as often as large ones.
      brokerOffset += 3_000 ** random() * (random() < 0.5 ? -1 : 1)
    },
  }

  for (let i = 0; i < scenario.members; i++) startMember()
  for (const [trouble, mean] of Object.entries(troubles) as [Trouble, number][]) {
    const again = () =>
      events.at(events.now() - Math.log(1 - random()) * mean * 1_000, () => {
        happen[trouble]()
        again()
      })
    again()
  }
  events.runUntil(endsAt)

  const times = Float64Array.from(arrivals).toSorted()
  let closestMs = Infinity
  for (let i = cap; i < times.length; i++)
    closestMs = Math.min(closestMs, (times[i] as number) - (times[i - cap] as number))
  const late = times.filter((time) => time >= WARM_UP_MS).length
  return {
    calls: times.length,
    closestMs,
    share: late / ((endsAt - WARM_UP_MS) / 1_000) / cap,
    rebalances: coordinator.generation(),
  }
}
