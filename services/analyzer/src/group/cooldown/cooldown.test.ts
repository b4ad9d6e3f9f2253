import { seededRandom } from '@insights/grok-simulator/seeded-random'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RefusedCall } from './decide-cooldown.ts'
import { admitsSlot } from './ramp-up.ts'
import { decodeSignal } from '../decode-signal.ts'
import {
  CLEAR,
  COOLDOWN_KEY,
  encodeCooldown,
  follow,
  STEP_MAX,
  type CooldownState,
  type CooldownSignal,
} from '../signals.ts'
import { createCooldown, type CallTicket, type GroupCooldown } from './cooldown.ts'

const BACKOFF_MS = 1_500
const PROBE_MS = 30_000
const PROBE_TIMEOUT_MS = 70_000
const outage: RefusedCall = { kind: 'transient', reason: 'unavailable' }
const limited = (retryAfterMs?: number): RefusedCall => ({ kind: 'transient', reason: 'rate_limited', retryAfterMs })

interface Log {
  records: { signal: CooldownSignal; appendedAt: number }[]
  members: { cooldown: GroupCooldown; read: number }[]
  /** Gives every member what it has not read yet. */
  deliver(): void
}

/** Simulated time with its timers, and a log that members read when the test says so. */
function createWorld() {
  let time = 1_000_000
  const timers: { at: number; run: () => void }[] = []
  const log: Log = {
    records: [],
    members: [],
    deliver: () => {
      for (const member of log.members)
        while (member.read < log.records.length) {
          const record = log.records[member.read++]
          if (record) member.cooldown.receive(record.signal, record.appendedAt)
        }
    },
  }
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    log,
    now: () => time,
    later: (run: () => void, ms: number) => void timers.push({ at: time + ms, run }),
    /** Lets time pass, with everything that is due, and the log read at once if it works. */
    pass: async (ms: number, { reads = true } = {}) => {
      const end = time + ms
      for (;;) {
        await settled()
        if (reads) log.deliver()
        timers.sort((a, b) => a.at - b.at)
        const next = timers[0]
        if (next === undefined || next.at > end) break
        timers.shift()
        time = Math.max(time, next.at)
        next.run()
      }
      time = end
      await settled()
      if (reads) log.deliver()
    },
  }
}
type World = ReturnType<typeof createWorld>

function join(world: World, member: string, { random = 0.5, broken = false, clock = true } = {}) {
  const state = { broken, clock, changes: 0 }
  const cooldown = createCooldown({
    member,
    backoffMs: BACKOFF_MS,
    probeMs: PROBE_MS,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
    random: () => random,
    now: () => (state.clock ? world.now() : null),
    later: world.later,
    onChange: () => void state.changes++,
    publish: (signal) => {
      if (state.broken) return Promise.resolve(false)
      world.log.records.push({ signal, appendedAt: world.now() })
      return Promise.resolve(true)
    },
  })
  world.log.members.push({ cooldown, read: 0 })
  /** Waits for the way to be open, for a probe or for all. */
  const opened = async () => {
    for (let wait = cooldown.waitMs(); wait > 0; wait = cooldown.waitMs()) await world.pass(Math.min(wait, 50))
  }
  return { ...cooldown, opened, state }
}

/** The rules that a lone analyzer keeps, with the log of signals and without it. */
describe.each([{ broken: false }, { broken: true }])(
  'the cool-down of a lone analyzer, log broken: $broken',
  ({ broken }) => {
    const create = async (random = 0.5) => {
      const world = createWorld()
      const cooldown = join(world, 'a', { random, broken })
      if (broken) {
        // It has to find out that it is alone; a long wait of the first step is enough for that.
        cooldown.refused(cooldown.begin(), limited(60_000))
        await cooldown.opened()
        cooldown.succeeded(cooldown.begin())
        await world.pass(10_000)
      }
      return { world, cooldown }
    }

    test('without a cool-down calls leave at once', async () => {
      const { cooldown } = await create()
      expect(cooldown.waitMs()).toBe(0)
      cooldown.succeeded(cooldown.begin())
      expect(cooldown.reason()).toBeNull()
    })

    test('one failure holds all calls; then one probe goes ahead and all others wait for its answer', async () => {
      const { world, cooldown } = await create()
      cooldown.refused(cooldown.begin(), outage)
      expect(cooldown.reason()).toBe('unavailable')
      expect(cooldown.waitMs()).toBe(750)
      await world.pass(750)
      expect(cooldown.waitMs()).toBe(Infinity)
      await world.pass(0)
      expect(cooldown.waitMs()).toBe(0)
      const probe = cooldown.begin()
      expect(cooldown.waitMs()).toBeGreaterThan(0)
      await world.pass(5_000)
      expect(cooldown.waitMs()).toBeGreaterThan(0)
      cooldown.succeeded(probe)
      await world.pass(0)
      expect(cooldown.waitMs()).toBe(0)
      expect(cooldown.reason()).toBeNull()
    })

    test('each failed probe doubles the wait, up to a minute', async () => {
      const { world, cooldown } = await create(0.999)
      cooldown.refused(cooldown.begin(), outage)
      const waits: number[] = []
      for (let i = 0; i < 9; i++) {
        await world.pass(0)
        waits.push(Math.round(cooldown.waitMs() / 100) / 10)
        await cooldown.opened()
        cooldown.refused(cooldown.begin(), outage)
      }
      expect(waits).toEqual([1.5, 3, 6, 12, 24, 48, 59.9, 59.9, 59.9])
    })

    test('the jitter is full: from nothing to the whole step', async () => {
      for (const [random, wait] of [
        [0, Infinity],
        [0.25, 375],
      ] as const) {
        const { cooldown } = await create(random)
        cooldown.refused(cooldown.begin(), outage)
        expect(cooldown.waitMs()).toBe(wait)
      }
    })

    test('Retry-After is honoured, however long, and never undercut', async () => {
      const { world, cooldown } = await create(0)
      const [first, second, third] = [cooldown.begin(), cooldown.begin(), cooldown.begin()]
      cooldown.refused(first, limited(120_000))
      expect(cooldown.waitMs()).toBe(120_000)
      cooldown.refused(second, outage)
      await world.pass(10)
      expect(cooldown.waitMs()).toBe(119_990)
      cooldown.refused(third, limited(200_000))
      expect(cooldown.waitMs()).toBe(200_000)
      await world.pass(190_000)
      expect(cooldown.waitMs()).toBe(10_000)
    })

    test('forty calls that fail together are one step, and an old answer does not end the wait', async () => {
      const { world, cooldown } = await create(0.999)
      const before = world.log.records.length
      const old = cooldown.begin()
      const calls = Array.from({ length: 40 }, () => cooldown.begin())
      for (const call of calls) cooldown.refused(call, outage)
      await world.pass(0)
      expect(cooldown.waitMs()).toBeLessThan(1_500)
      cooldown.succeeded(old)
      await world.pass(0)
      expect(cooldown.reason()).toBe('unavailable')
      expect(cooldown.held()?.step).toBe(0)
      expect(world.log.records.length - before).toBe(broken ? 0 : 1)
    })

    test('one that fails while calls begun later are answered is an isolated failure; a 429 is not', async () => {
      const { cooldown } = await create()
      const unlucky = cooldown.begin()
      cooldown.succeeded(cooldown.begin())
      cooldown.refused(unlucky, { kind: 'transient', reason: 'timeout' })
      expect(cooldown.reason()).toBeNull()
      cooldown.refused(unlucky, limited())
      expect(cooldown.reason()).toBe('rate_limited')
    })

    test('a misconfiguration is probed slowly, and a probe given up at a stop decides nothing', async () => {
      const { cooldown } = await create()
      cooldown.refused(cooldown.begin(), { kind: 'misconfigured', reason: 'api_key', detail: 'HTTP 401' })
      expect(cooldown.waitMs()).toBe(30_000)
      await cooldown.opened()
      cooldown.givenUp(cooldown.begin(), { left: true })
      await cooldown.opened()
      expect(cooldown.held()).toMatchObject({ reason: 'api_key', detail: 'HTTP 401', by: 'a' })
    })

    test('requests that are refused whatever they are about are probed soon, then less and less often', async () => {
      const { world, cooldown } = await create()
      const waits: number[] = []
      for (let step = 0; step < 8; step++) {
        await cooldown.opened()
        cooldown.refused(cooldown.begin(), { kind: 'misconfigured', reason: 'request' })
        waits.push((cooldown.held()?.until ?? 0) - world.now())
        await world.pass(0)
      }
      expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 15_000, 15_000, 15_000])
    })
  },
)

describe('the cool-down of a group', () => {
  const group = (count: number) => {
    const world = createWorld()
    const members = Array.from({ length: count }, (_, i) => join(world, `m${i}`))
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]]
    return { world, members, a, b }
  }

  test('when one meets 429 the others wait as long, and learn why', async () => {
    const { world, a, b } = group(2)
    a.refused(a.begin(), limited(90_000))
    await world.pass(0)
    expect(b.waitMs()).toBe(a.waitMs())
    expect(b.held()).toMatchObject({ reason: 'rate_limited', by: 'm0' })
  })

  test('eight that may try at the same moment make one probe, and its answer opens the way for all', async () => {
    const { world, members, a } = group(8)
    a.refused(a.begin(), limited(1_000))
    await world.pass(2_000)
    for (const { waitMs } of members) expect(waitMs()).toBe(Infinity)
    await world.pass(0)
    const open = members.filter(({ waitMs }) => waitMs() === 0)
    expect(open).toHaveLength(1)
    const probe = open[0]?.begin() as CallTicket
    expect(members.every(({ waitMs }) => waitMs() > 0)).toBe(true)
    open[0]?.succeeded(probe)
    expect(members.every(({ waitMs }) => waitMs() > 0)).toBe(true)
    await world.pass(0)
    expect(members.map(({ waitMs }) => waitMs())).toEqual(Array(8).fill(0))
  })

  test('all that fail together are one step, and the longest wait that was asked for counts', async () => {
    const { world, members, a } = group(8)
    for (const [i, member] of members.entries()) member.refused(member.begin(), i === 5 ? limited(40_000) : outage)
    await world.pass(100)
    expect(a.held()?.step).toBe(0)
    for (const { waitMs } of members) expect(waitMs()).toBeGreaterThanOrEqual(39_900)
  })

  test('a member that dies while probing is replaced when its claim runs out, as the next step', async () => {
    const { world, a, b } = group(2)
    a.refused(a.begin(), outage)
    await a.opened()
    a.begin()
    expect(b.waitMs()).toBeGreaterThan(PROBE_TIMEOUT_MS - 100)
    world.log.members.shift()
    await b.opened()
    expect(b.held()).toMatchObject({ step: 1, probe: { member: 'm1' } })
    b.succeeded(b.begin())
    await world.pass(0)
    expect(b.waitMs()).toBe(0)
  })

  test('a probe that was given up, or has nothing left to be made of, is the next one’s at once', async () => {
    const { world, a, b } = group(2)
    a.refused(a.begin(), outage)
    await a.opened()
    a.givenUp(a.begin(), { left: true })
    await world.pass(0)
    expect(b.waitMs()).toBe(Infinity)
    await world.pass(0)
    expect(b.waitMs()).toBe(0)
    b.standDown()
    await world.pass(0)
    expect(a.waitMs()).toBe(Infinity)
    a.standDown() // its claim is still in flight
    await world.pass(0)
    expect(a.held()?.probe).toBeNull()
    await b.opened()
  })

  test('a claim that comes back after it ran out is not used', async () => {
    const { world, a, b } = group(2)
    a.refused(a.begin(), outage)
    await world.pass(750)
    expect(a.waitMs()).toBe(Infinity)
    await world.pass(PROBE_TIMEOUT_MS, { reads: false })
    const record = world.log.records[1]
    if (record) a.receive(record.signal, record.appendedAt)
    expect(a.waitMs()).toBe(Infinity)
    expect(a.begin().claim).toBeNull()
    await b.opened()
  })

  test('a failure that is older than the end of the hold begins no new one, unless it names a wait', async () => {
    const { world, a, b } = group(2)
    const [late, later] = [b.begin(), b.begin()]
    a.refused(a.begin(), outage)
    await a.opened()
    a.succeeded(a.begin())
    await world.pass(30_000)
    b.refused(late, { kind: 'transient', reason: 'timeout' })
    expect(b.reason()).toBeNull()
    b.refused(later, limited())
    expect(b.reason()).toBe('rate_limited')
  })

  test('a failure that is told only after a probe was answered begins no new hold', async () => {
    const { world, a, b } = group(2)
    b.state.broken = true
    a.refused(a.begin(), outage)
    b.refused(b.begin(), limited())
    await world.pass(1, { reads: false })
    const [record] = world.log.records
    if (record) a.receive(record.signal, record.appendedAt)
    await world.pass(749, { reads: false })
    a.waitMs()
    const [, claim] = world.log.records
    if (claim) a.receive(claim.signal, claim.appendedAt)
    a.succeeded(a.begin())
    b.state.broken = false
    await world.pass(10_000)
    expect([a.reason(), b.reason()]).toEqual([null, null])
    expect(world.log.records).toHaveLength(3)
  })

  test('a signal that is acknowledged and never read again is told once more, without haste', async () => {
    const { world, a } = group(1)
    a.refused(a.begin(), limited(1_000))
    await world.pass(9_000, { reads: false })
    expect(a.waitMs()).toBe(Infinity)
    expect(world.log.records).toHaveLength(1)
    await world.pass(3_000, { reads: false })
    expect(world.log.records).toHaveLength(2)
    await world.pass(120_000, { reads: false })
    expect(world.log.records.length).toBeLessThan(20)
    expect(a.waitMs()).toBe(Infinity)
    await world.pass(11_000, { reads: false })
    expect(a.waitMs()).toBe(0) // it goes on by itself
  })

  test('while the clock is unknown nothing leaves, and what failed is told when it is known', async () => {
    const { world, a, b } = group(2)
    const call = a.begin()
    a.state.clock = false
    expect(a.waitMs()).toBeGreaterThan(0)
    expect(a.admitsSlot(1, 0)).toBe(false)
    a.refused(call, limited(5_000))
    expect(a.reason()).toBe('rate_limited')
    await world.pass(1_000)
    expect(b.waitMs()).toBe(0)
    a.state.clock = true
    await world.pass(1_000)
    expect(b.reason()).toBe('rate_limited')
  })

  test('a log that takes nothing for a while keeps the member held, and is told afterwards', async () => {
    const { world, a, b } = group(2)
    a.state.broken = true
    a.refused(a.begin(), limited(5_000))
    await world.pass(1_000)
    expect(a.waitMs()).toBe(4_000 + 500)
    a.state.broken = false
    await world.pass(3_000)
    expect(b.reason()).toBe('rate_limited')
  })
})

describe('speed returns in steps', () => {
  const shareOf = (succeededAt: number | null, from: number, partition?: number) => {
    const slots = Array.from({ length: 12_000 }, (_, i) => 17_000_000_000 + i)
    const own = slots.filter((slot) => partition === undefined || slot % 12 === partition)
    return own.filter((slot) => admitsSlot({ hold: null, succeededAt }, slot, from)).length / own.length
  }

  test('a quarter of the slots for two seconds, half for two more, then all; each partition has its turn', () => {
    expect(shareOf(null, 0)).toBe(1)
    expect(shareOf(10_000, 9_000)).toBeCloseTo(0.25, 3)
    expect(shareOf(10_000, 11_999)).toBeCloseTo(0.25, 3)
    expect(shareOf(10_000, 12_000)).toBeCloseTo(0.5, 3)
    expect(shareOf(10_000, 14_000)).toBe(1)
    for (let partition = 0; partition < 12; partition++) {
      expect(Math.abs(shareOf(10_000, 11_000, partition) - 0.25)).toBeLessThan(0.02)
      expect(Math.abs(shareOf(10_000, 13_000, partition) - 0.5)).toBeLessThan(0.02)
    }
  })

  test('of four slots in a row never more than two are used, and a hold admits none', () => {
    for (let slot = 0; slot < 10_000; slot++) {
      const four = [0, 1, 2, 3].filter((i) => admitsSlot({ hold: null, succeededAt: 0 }, slot + i, 0))
      expect(four.length).toBeLessThanOrEqual(2)
    }
    const hold = { kind: 'transient', reason: 'x', by: 'a', until: 0, step: 0, probe: null } as const
    expect(admitsSlot({ hold, succeededAt: null }, 0, 1e9)).toBe(false)
  })
})

/**
 * N members over one log: records are lost, acknowledged late or not at all, read late by each; members die, join and
 * have wrong clocks; the provider fails in every way until `HEALED_AT`. Everything is drawn from one seed.
 */
describe('(I3) the group’s rule under any timing', () => {
  test('a step has one probe at most, nothing leaves against what is known, and in the end everything flows', async () => {
    let probes = 0
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 8 }), async (seed, count) => {
        probes += await simulate(seed, count)
      }),
      { numRuns: RUNS },
    )
    expect(probes).toBeGreaterThan(4 * RUNS)
  })
})

const RUNS = 300
const HEALED_AT = 240_000
const END = 600_000

interface Simulated {
  cooldown: GroupCooldown
  alive: boolean
  /** The state that the delivered records give, by the rule and not by the module. */
  known: CooldownState
  readAt: number
  looking: boolean
  failuresInARow: number
  served: number
}

async function simulate(seed: number, count: number): Promise<number> {
  const random = seededRandom(seed)
  const upTo = (max: number) => random() * max
  const chance = (p: number) => random() < p
  const events: { at: number; run: () => void }[] = []
  let time = 0
  /** Sorted: the next one is the last. */
  const later = (run: () => void, ms: number) => {
    const at = time + ms
    let from = 0
    let to = events.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((events[middle]?.at ?? 0) > at) from = middle + 1
      else to = middle
    }
    events.splice(from, 0, { at, run })
  }
  const calm = () => time > HEALED_AT
  const kinds: RefusedCall[] = [outage, limited(), limited(upTo(20_000)), { kind: 'misconfigured', reason: 'api_key' }]

  const members: Simulated[] = []
  const appended: { signal: CooldownSignal; appendedAt: number }[] = []
  let truth: CooldownState = CLEAR
  let holds = 0
  let total = 0
  /** Of each accepted claim: the step that it is for. */
  const stepOf = new Map<string, string>()
  const probed = new Set<string>()

  function append(signal: CooldownSignal): void {
    const before = truth
    truth = follow(truth, signal, time, PROBE_TIMEOUT_MS)
    if (truth.hold !== null && before.hold === null) holds++
    const probe = truth.hold?.probe
    const claimed = probe?.member === signal.member && before.hold?.probe?.until !== probe.until
    if (claimed) stepOf.set(`${probe.member} ${probe.until}`, `${holds} ${truth.hold?.step}`)
    appended.push({ signal, appendedAt: time })
    for (const member of members) deliver(member, signal, time)
  }

  function deliver(member: Simulated, signal: CooldownSignal, appendedAt: number): void {
    const delay = calm() || chance(0.8) ? upTo(50) : upTo(15_000)
    member.readAt = Math.max(member.readAt, time + delay)
    later(() => {
      if (!member.alive) return
      member.known = follow(member.known, signal, appendedAt, PROBE_TIMEOUT_MS)
      member.cooldown.receive(signal, appendedAt)
    }, member.readAt - time)
  }

  function add(name: string): void {
    const skew = chance(0.2) ? upTo(20_000) - 10_000 : upTo(20) - 10
    const clockAt = time + upTo(2_000)
    const look = () => {
      if (!member.alive || member.looking) return
      const wait = cooldown.waitMs()
      if (wait === Infinity) return
      member.looking = true
      // Its slot comes a moment later, and then it looks again; a timer waits a millisecond at least.
      later(slot, wait === 0 ? upTo(1_000) : Math.max(1, wait))
    }
    const slot = () => {
      member.looking = false
      if (!member.alive) return
      if (cooldown.waitMs() === 0) begin()
      look()
    }
    const begin = () => {
      const ticket = cooldown.begin()
      if (ticket.claim === null && member.known.hold !== null) throw new Error('a call left against what was known')
      if (ticket.claim !== null) {
        const step = stepOf.get(`${name} ${ticket.claim}`)
        expect(step).toBeDefined()
        expect(probed).not.toContain(step)
        probed.add(step as string)
        total++
      }
      later(
        () => {
          if (!member.alive) return
          if (!calm() && chance(0.03)) cooldown.givenUp(ticket, { left: true })
          else if (calm() || chance(time % 100_000 < 20_000 ? 0.9 : 0.2)) {
            cooldown.succeeded(ticket)
            member.served++
          } else cooldown.refused(ticket, kinds[Math.floor(random() * kinds.length)] ?? outage)
          if (chance(0.05)) cooldown.standDown()
          look()
        },
        chance(0.9) ? upTo(3_000) : upTo(60_000),
      )
    }
    const cooldown = createCooldown({
      member: name,
      backoffMs: BACKOFF_MS,
      probeMs: PROBE_MS,
      probeTimeoutMs: PROBE_TIMEOUT_MS,
      random,
      now: () => (time < clockAt ? null : time + skew),
      later,
      onChange: () => later(look, 0),
      publish: (signal) => {
        const { promise, resolve } = Promise.withResolvers<boolean>()
        const fails = !calm() && member.failuresInARow < 2 && chance(0.2)
        member.failuresInARow = fails ? member.failuresInARow + 1 : 0
        if (!fails || chance(0.5)) later(() => append(signal), upTo(100))
        later(() => resolve(!fails), calm() ? 100 : 100 + upTo(3_000))
        return promise
      },
    })
    const member: Simulated = {
      cooldown,
      alive: true,
      known: CLEAR,
      readAt: time,
      looking: false,
      failuresInARow: 0,
      served: 0,
    }
    members.push(member)
    for (const { signal, appendedAt } of appended) deliver(member, signal, appendedAt)
    later(look, 0)
  }

  for (let i = 0; i < count; i++) add(`m${i}`)
  const exchange = () => {
    const living = members.filter(({ alive }) => alive)
    if (chance(0.5) && living.length > 1) (living[Math.floor(random() * living.length)] as Simulated).alive = false
    else if (living.length < 8) add(`m${members.length}`)
    if (!calm()) later(exchange, upTo(40_000))
  }
  later(exchange, upTo(40_000))

  let servedBefore: number[] | null = null
  for (let steps = 0; ; steps++) {
    // What is resolved at a moment has its effect before time goes on.
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
    const next = events.pop()
    if (next === undefined || next.at > END) break
    if (steps > 200_000) throw new Error('a member is in a loop')
    time = next.at
    if (time > END - 60_000) servedBefore ??= members.map(({ served }) => served)
    next.run()
  }
  expect(truth.hold).toBeNull()
  const lately = members.map(({ served }, i) => served - (servedBefore?.[i] ?? 0)).filter((_, i) => members[i]?.alive)
  expect(Math.min(...lately)).toBeGreaterThan(10)
  return total
}

test('(I9) a forged signal from far ahead holds no call, and members say once more what the state is, for those that begin', async () => {
  const world = createWorld()
  const [a, b] = [join(world, 'a'), join(world, 'b')]
  const hold = { kind: 'transient', reason: 'forged', by: 'x', until: 1e15, step: 0, probe: null } as const
  const forge = () =>
    void world.log.records.push({
      signal: { member: 'x', base: 2 ** 53 - 1, hold, succeededAt: null },
      appendedAt: world.now(),
    })
  forge()
  await world.pass(1_000)
  expect([a.reason(), b.reason(), a.waitMs()]).toEqual([null, null, 0])
  const newest = world.log.records.at(-1)
  expect(newest?.signal).toMatchObject({ hold: null })
  const written = world.log.records.length
  for (let i = 0; i < 20; i++) forge()
  await world.pass(30_000)
  expect(world.log.records.length).toBe(written + 20)
  // A real outage is told as before.
  a.refused(a.begin(), outage)
  await world.pass(10)
  expect([a.reason(), b.reason()]).toEqual(['unavailable', 'unavailable'])
})

test.each([
  ['a probe that lasts for ever', { step: 0, probe: { member: 'x', until: 8.64e15 } }],
  ['the highest step there is', { step: STEP_MAX, probe: null }],
])('(I9) a forged hold with %s ends by itself: members probe, and read what each other says', async (_, forged) => {
  const world = createWorld()
  const [a, b] = [join(world, 'a'), join(world, 'b')]
  const hold = { kind: 'transient' as const, reason: 'forged', by: 'x', until: world.now() + 1_000, ...forged }
  world.log.records.push({ signal: { member: 'x', base: 0, hold, succeededAt: null }, appendedAt: world.now() })
  await world.pass(1_000 + PROBE_TIMEOUT_MS + 10_000)
  for (const answers of [false, true]) {
    expect(a.waitMs()).toBe(Infinity)
    await world.pass(1_000)
    expect(a.waitMs()).toBe(0)
    if (answers) a.succeeded(a.begin())
    else a.refused(a.begin(), outage)
    await world.pass(answers ? 1_000 : 70_000)
  }
  expect({ a: a.reason(), b: b.reason() }).toEqual({ a: null, b: null })
  // What they have written can be read by those that begin.
  const readable = world.log.records.map(({ signal }) =>
    decodeSignal(Buffer.from(COOLDOWN_KEY), encodeCooldown(signal)),
  )
  expect(readable.map(({ kind }) => kind)).toEqual(readable.map(() => 'cooldown'))
})
