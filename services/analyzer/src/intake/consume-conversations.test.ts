import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import fc from 'fast-check'
import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import type { ConsumedRecord, RecordHeader } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import type { Codec, Decoded } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { FIRST_ORIGIN } from '@insights/schemas/events/first-origin'
import { createCommitter } from '../partitions/commit-settled.ts'
import { createIntake } from './consume-conversations.ts'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import { createOwnership } from '../partitions/own-partitions.ts'
import { createMemoryBound } from './memory-bound.ts'
import { createCarefulTaking } from './take-carefully.ts'
import type { UnreadableProblem } from '../outcomes/to-outcome-records.ts'
import type { CommittedOffset } from '../partitions/track-offsets.ts'
import { lease, record } from '../work/work.fixture.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Answer = Decoded<ConversationReceived>
/**
 * `laden` has as many headers as it may have, `heavy` has more; `astray` has another key, `ageless` a first origin that
 * is none.
 */
type Kind = 'live' | 'bulk' | 'bad' | 'new' | 'hole' | 'laden' | 'heavy' | 'astray' | 'ageless'
const TOPIC = 'conversations.received'
const tick = () => vi.advanceTimersByTimeAsync(0)
const conversation: ConversationReceived = {
  conversation_id: 'c',
  messages: [{ author_id: null, text: 'hello', timestamp: null, inbound: true }],
  metadata: '{}',
  source: 'test',
  submission_id: '00000000-0000-4000-8000-000000000000',
}
const garbage: Answer = {
  kind: 'unreadable',
  class: 'undecodable',
  title: 'Not Avro',
  detail: 'bytes',
  retryable: false,
  conversationId: null,
}
const away: Answer = { kind: 'registry_away', detail: 'refused' }
const readable = (kind: string): Answer => (kind === 'bad' ? garbage : { kind: 'ok', value: conversation })

interface InWork {
  record: ConsumedRecord
  owned: OwnedPartition
}

/**
 * A log, a group and a consumer that behave as Kafka and kafkajs do, with everything of the analyzer that decides what
 * is read. A partition is read when the test says so; the work in hand ends when the test says so.
 */
function create({
  shared = 4,
  reserved = 2,
  maxBytes = 1e9,
  perFetch = 100,
  decode = readable as (kind: string) => Answer | Promise<Answer>,
  yieldToEventLoop = (): Promise<void> | undefined => undefined,
} = {}) {
  const log = new Map<number, Kind[]>()
  const positions = new Map<number, number>()
  const seeks = new Map<number, number>()
  const paused = new Set<number>()
  const committed = new Map<number, CommittedOffset>()
  const inWork: InWork[] = []
  const admitted: string[] = []
  const givenUp: number[] = []
  const problems: UnreadableProblem[] = []
  let current = lease(0)
  let fetches = 0
  let committing: Promise<unknown> = Promise.resolve()
  const onCrash = (error: unknown) => {
    throw error
  }
  const quiet = createLogger({ service: 'test', level: 'silent' })
  const consumer = {
    pause: (partitions: { partition: number }[]) => partitions.forEach(({ partition }) => paused.add(partition)),
    resume: (partitions: { partition: number }[]) => partitions.forEach(({ partition }) => paused.delete(partition)),
    seek: ({ partition }: { partition: number }, offset: number) => void seeks.set(partition, offset),
  }
  const memoryBound = createMemoryBound({ shared, reserved, maxBytes })
  const ownership = createOwnership({
    topic: TOPIC,
    consumer,
    reader: { committed: () => Promise.resolve(new Map(committed)) },
    onReady: () => intake.goOn(),
    onCrash,
    log: quiet,
  })
  ownership.start({
    onLost: () => {
      for (const one of inWork.filter(({ owned }) => owned.lost.aborted)) forget(one)
    },
  })
  const committer = createCommitter({
    commit: async (under, offsets) => {
      const taken = committing.then(() => under === current && !under.signal.aborted)
      committing = taken
      if (!(await taken)) return 'lost'
      for (const { partition, offset, metadata = '' } of offsets) committed.set(partition, { offset, metadata })
      return 'committed'
    },
    onCrash,
  })
  const take = (one: ConsumedRecord, owned: OwnedPartition) => {
    admitted.push(`${one.partition}:${one.offset}`)
    inWork.push({ record: one, owned })
  }
  const intake = createIntake({
    codec: {
      decode: (async (_topic: string, value: Buffer) => decode(value.toString())) as unknown as Codec['decode'],
      prefetch: () => {},
    },
    ownership,
    memoryBound,
    admission: {
      admit: (_conversation, one, owned) => take(one, owned),
      giveUp: (one, owned, problem) => {
        givenUp.push(one.offset)
        problems.push(problem)
        take(one, owned)
        return Promise.resolve()
      },
    },
    committer,
    careful: createCarefulTaking({ mark: committer.mark }),
    yieldToEventLoop,
    consumer,
    log: quiet,
    sparing: { warn: () => {} },
  })

  function forget(one: InWork): void {
    inWork.splice(inWork.indexOf(one), 1)
    memoryBound.leave(one.record)
  }

  /** The end of the way of what is in work. */
  function finish(...which: (number | InWork)[]): void {
    for (const it of which) {
      const one = typeof it === 'number' ? inWork.find((other) => other.record.offset === it) : it
      if (one === undefined) throw new Error(`${String(it)} is not in work`)
      committer.settle([{ owned: one.owned, offset: one.record.offset }])
      forget(one)
      intake.goOn()
    }
  }

  function batchOf(partition: number, fromOffset: number): RecordBatch | null {
    const kinds = log.get(partition) ?? []
    const nextOffset = Math.min(fromOffset + perFetch, kinds.length)
    if (fromOffset >= kinds.length) return null
    const records = kinds.slice(fromOffset, nextOffset).flatMap((kind, i) => {
      const headers = [{ name: 'lane', value: Buffer.from(kind === 'bulk' ? 'bulk' : 'live') }, ...baggage(kind)]
      const key = Buffer.from(kind === 'astray' ? 'd' : conversation.conversation_id)
      return kind === 'hole' ? [] : [record(fromOffset + i, { partition, key, value: Buffer.from(kind), headers })]
    })
    return {
      topic: TOPIC,
      partition,
      records,
      fromOffset,
      nextOffset,
      highWatermark: kinds.length,
      lease: current,
      progress: () => {},
    }
  }

  /** A fetch of one partition. True when it brought something. */
  async function read(partition = 0): Promise<boolean> {
    const sought = seeks.get(partition)
    if (sought !== undefined) positions.set(partition, sought)
    seeks.delete(partition)
    if (paused.has(partition) || current.signal.aborted) return false
    const batch = batchOf(partition, positions.get(partition) ?? 0)
    if (batch === null) return false
    fetches++
    if (batch.records.length === 0)
      intake.onNothing({ partition, offset: batch.fromOffset, nextOffset: batch.nextOffset })
    else await intake.onBatch(batch)
    if (batch.lease === current && !current.signal.aborted && !seeks.has(partition))
      positions.set(partition, batch.nextOffset)
    return true
  }

  /** Until nothing more comes. */
  async function readAll(): Promise<void> {
    const before = fetches
    for (let went = true; went;) {
      went = false
      for (const { partition } of ownership.all()) went = (await read(partition)) || went
      if (fetches - before > 500) throw new Error('read again and again without end')
    }
  }

  async function join(partitions: number[], { continued = true } = {}): Promise<void> {
    current.lose()
    current = lease(current.epoch + 1)
    seeks.clear()
    paused.clear()
    for (const partition of partitions) positions.set(partition, committed.get(partition)?.offset ?? 0)
    ownership.onAssigned({
      lease: current,
      partitions: partitions.map((partition) => ({ topic: TOPIC, partition })),
      memberId: 'm',
      continued,
      partitionCounts: {},
    })
    intake.rejoined()
    committer.renew(current)
    await tick()
  }

  const append = (partition: number, ...kinds: Kind[]) =>
    void log.set(partition, [...(log.get(partition) ?? []), ...kinds])
  const many = (kind: Kind, n: number): Kind[] => Array.from({ length: n }, () => kind)
  const begin = (...which: number[]) => {
    for (const { record: one } of inWork) if (which.includes(one.offset)) memoryBound.begin(one)
    intake.goOn()
  }
  const offsetsOf = (partition = 0) =>
    admitted.filter((place) => place.startsWith(`${partition}:`)).map((place) => Number(place.split(':')[1]))
  return {
    intake,
    ownership,
    committer,
    memoryBound,
    log,
    positions,
    seeks,
    paused,
    committed,
    inWork,
    givenUp,
    problems,
    finish,
    begin,
    read,
    readAll,
    join,
    append,
    many,
    offsetsOf,
    lose: () => current.lose(),
    fetches: () => fetches,
    commitOf: (partition = 0) => committed.get(partition)?.offset,
  }
}
const MEGABYTES = Buffer.alloc(1_900_000)
function baggage(kind: Kind): RecordHeader[] {
  if (kind === 'ageless') return [{ name: FIRST_ORIGIN, value: Buffer.from('yesterday') }]
  const bytes = kind === 'laden' ? 63_000 : kind === 'heavy' ? MEGABYTES.length : 0
  return bytes === 0 ? [] : [{ name: '__proto__', value: MEGABYTES.subarray(0, bytes) }]
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('taking records in', () => {
  test('(I2, I5) what cannot be read is given up, good records go on; commits follow what is settled, in any order', async () => {
    const { join, append, readAll, finish, offsetsOf, givenUp, commitOf } = create()
    append(0, 'bad', 'live', 'bad', 'live')
    await join([0])
    await readAll()
    expect({ taken: offsetsOf(), givenUp, commit: commitOf() }).toEqual({
      taken: [0, 1, 2, 3],
      givenUp: [0, 2],
      commit: 0,
    })
    finish(1, 2, 3)
    await tick()
    expect(commitOf()).toBe(0)
    finish(0)
    await tick()
    expect(commitOf()).toBe(4)
  })

  test("a record whose key is not its conversation's id is invalid, and the good one behind it is taken in", async () => {
    const { join, append, readAll, offsetsOf, givenUp, problems } = create()
    append(0, 'astray', 'live')
    await join([0])
    await readAll()
    expect({ taken: offsetsOf(), givenUp }).toEqual({ taken: [0, 1], givenUp: [0] })
    expect(problems).toMatchObject([{ class: 'invalid', retryable: false, conversationId: 'c' }])
  })

  test('(I7) a record whose first origin is none is invalid and names the header, and the good one behind it is taken in', async () => {
    const { join, append, readAll, offsetsOf, givenUp, problems } = create()
    append(0, 'ageless', 'live')
    await join([0])
    await readAll()
    expect({ taken: offsetsOf(), givenUp }).toEqual({ taken: [0, 1], givenUp: [0] })
    expect(problems).toMatchObject([
      { class: 'invalid', detail: expect.stringContaining(FIRST_ORIGIN) as string, conversationId: 'c' },
    ])
  })

  test('(I8) headers of more than 64 KiB are a failure, seen before the value is decoded; up to that they are taken', async () => {
    const decoded: string[] = []
    const decode = (kind: string) => {
      decoded.push(kind)
      return readable(kind)
    }
    const { join, append, readAll, offsetsOf, givenUp, problems } = create({ decode })
    append(0, 'laden', 'heavy', 'live')
    await join([0])
    await readAll()
    expect({ taken: offsetsOf(), givenUp, decoded }).toEqual({
      taken: [0, 1, 2],
      givenUp: [1],
      decoded: ['laden', 'live'],
    })
    expect(problems).toMatchObject([{ class: 'too_large', retryable: false }])
  })

  test.each([
    // Twice 63 KB, and half a KB for the record.
    { kind: 'laden', each: 126_000 },
    { kind: 'heavy', each: 3_800_000 },
  ] as const)('(I8) the bytes of headers count, of failures in flight too: $kind', async ({ kind, each }) => {
    const maxBytes = 8_000_000
    const { join, append, readAll, finish, inWork, givenUp, many, memoryBound } = create({ shared: 1_000, maxBytes })
    append(0, ...many(kind, 100))
    await join([0])
    for (let ended = 0; ended < 100; ended++) {
      await readAll()
      // The last one that comes in may be larger than what is left.
      expect(inWork.length * each).toBeLessThan(maxBytes + 2 * each)
      expect(memoryBound.used().bytes).toBeLessThan(maxBytes + each)
      finish(ended)
      await tick()
    }
    expect(givenUp).toHaveLength(kind === 'heavy' ? 100 : 0)
    expect(inWork).toEqual([])
  })

  test('a record that comes twice is in work once, also after a rejoin that keeps its partition', async () => {
    const { join, append, readAll, offsetsOf, memoryBound } = create()
    append(0, 'live', 'live')
    await join([0])
    await readAll()
    await join([0])
    append(0, 'live')
    await readAll()
    expect(offsetsOf()).toEqual([0, 1, 2])
    expect(memoryBound.used().records).toBe(3)
  })

  test('(I2) a partition that was lost comes again in full from its commit', async () => {
    const { join, append, readAll, finish, offsetsOf, memoryBound } = create()
    append(0, 'live', 'live', 'live')
    await join([0])
    await readAll()
    finish(0, 2)
    await tick()
    await join([])
    expect(memoryBound.used().records).toBe(0)
    await join([0], { continued: false })
    await readAll()
    expect(offsetsOf()).toEqual([0, 1, 2, 1])
  })

  test('the lease ends while a record is decoded: it is not taken in, and comes again', async () => {
    const decoding: PromiseWithResolvers<Answer>[] = []
    const decode = () => {
      const answer = Promise.withResolvers<Answer>()
      decoding.push(answer)
      return answer.promise
    }
    const { join, lose, append, read, offsetsOf, memoryBound } = create({ decode })
    append(0, 'live')
    await join([0])
    const reading = read()
    await tick()
    lose()
    decoding[0]?.resolve(readable('live'))
    await reading
    expect([offsetsOf(), memoryBound.used().records]).toEqual([[], 0])
    await join([0])
    const again = read()
    await tick()
    decoding[1]?.resolve(readable('live'))
    await again
    expect(offsetsOf()).toEqual([0])
  })

  test('a handler of the generation before that ends late changes nothing of the new one', async () => {
    const decoding: PromiseWithResolvers<Answer>[] = []
    const decode = () => {
      const answer = Promise.withResolvers<Answer>()
      decoding.push(answer)
      return answer.promise
    }
    const { join, append, read, offsetsOf, positions, ownership } = create({ decode })
    append(0, 'live', 'live')
    await join([0])
    const old = read()
    await tick()
    await join([0])
    const reading = read()
    await tick()
    decoding[0]?.resolve(readable('live'))
    await old
    for (const n of [1, 2]) {
      decoding[n]?.resolve(readable('live'))
      await tick()
    }
    await reading
    expect([offsetsOf(), positions.get(0), ownership.get(0)?.readFrom]).toEqual([[0, 1], 2, 2])
  })

  test('before each record others may have their turn, and the lease may end meanwhile', async () => {
    const turns: PromiseWithResolvers<void>[] = []
    const yieldToEventLoop = () => {
      const turn = Promise.withResolvers<void>()
      turns.push(turn)
      return turn.promise
    }
    const { join, lose, append, read, offsetsOf, memoryBound } = create({ yieldToEventLoop })
    append(0, 'live', 'live', 'live')
    await join([0])
    const reading = read()
    await tick()
    expect(offsetsOf()).toEqual([])
    turns[0]?.resolve()
    await tick()
    expect(offsetsOf()).toEqual([0])
    lose()
    turns[1]?.resolve()
    await reading
    expect([offsetsOf(), memoryBound.used().records, turns.length]).toEqual([[0], 1, 2])
  })

  test('a partition that is lost while its record is decoded takes nothing in', async () => {
    const decoding = Promise.withResolvers<Answer>()
    const { join, append, read, offsetsOf, memoryBound } = create({ decode: () => decoding.promise })
    append(0, 'live')
    await join([0])
    const reading = read()
    await tick()
    await join([])
    decoding.resolve(readable('live'))
    await reading
    expect([offsetsOf(), memoryBound.used().records]).toEqual([[], 0])
  })

  test('closed, it takes nothing more in, also what is being decoded', async () => {
    const decoding = Promise.withResolvers<Answer>()
    const { intake, join, append, read, readAll, offsetsOf } = create({ decode: () => decoding.promise })
    append(0, 'live', 'live')
    await join([0])
    const reading = read()
    await tick()
    intake.close()
    decoding.resolve(readable('live'))
    await reading
    await readAll()
    intake.goOn()
    expect(offsetsOf()).toEqual([])
  })
})

describe('without free memory', () => {
  test('(I8) the partition stops at exactly that record, and goes on from it; nothing is skipped or taken twice', async () => {
    const { join, append, many, readAll, begin, offsetsOf, paused, seeks, ownership } = create()
    append(0, ...many('live', 20))
    await join([0])
    await readAll()
    expect(offsetsOf()).toEqual(range(0, 6))
    expect([paused.has(0), ownership.get(0)?.readFrom]).toEqual([true, 6])
    begin(0)
    expect(paused.has(0)).toBe(true)
    begin(1)
    expect([paused.has(0), seeks.size]).toEqual([false, 0])
    await readAll()
    expect(offsetsOf()).toEqual(range(0, 8))
    for (let next = 2; next < 20; next++) {
      begin(next)
      await readAll()
    }
    expect(offsetsOf()).toEqual(range(0, 20))
  })

  test('a full partition keeps no other from being read, and no handler waits', async () => {
    const { join, append, many, readAll, offsetsOf, paused } = create()
    append(0, ...many('live', 20))
    append(1, ...many('live', 20))
    await join([0, 1])
    await readAll()
    expect([offsetsOf(0).length, offsetsOf(1).length]).toEqual([6, 2])
    expect([...paused]).toEqual([0, 1])
  })

  test('a rejoin resumes everything; a partition that still has no memory stops at the same record again', async () => {
    const { join, append, many, readAll, begin, offsetsOf, paused } = create()
    append(0, ...many('live', 10))
    await join([0])
    await readAll()
    await join([0])
    expect(paused.has(0)).toBe(false)
    await readAll()
    expect([paused.has(0), offsetsOf()]).toEqual([true, range(0, 6)])
    begin(0, 1, 2)
    await readAll()
    expect(offsetsOf()).toEqual(range(0, 9))
  })

  test('a partition that is lost while it is stopped is forgotten', async () => {
    const { intake, join, append, many, readAll, paused } = create()
    append(0, ...many('live', 10))
    await join([0])
    await readAll()
    await join([1])
    intake.goOn()
    expect([...paused]).toEqual([])
  })
})

describe('the bulk lane', () => {
  test('what finds no memory is put off, and live records behind it are taken in', async () => {
    const { join, append, many, readAll, offsetsOf, paused, ownership } = create()
    append(0, ...many('bulk', 20), 'live', 'live')
    await join([0])
    await readAll()
    expect(offsetsOf()).toEqual([...range(0, 6), 20, 21])
    expect([paused.size, ownership.get(0)?.tracker.owed()]).toEqual([0, 14])
  })

  test('(I2) it is read again when memory is free, in order, and live ones between are not taken twice', async () => {
    const { join, append, many, readAll, finish, offsetsOf, inWork, commitOf } = create()
    append(0, ...many('bulk', 10), 'live', ...many('bulk', 5), 'live')
    await join([0])
    await readAll()
    expect(offsetsOf()).toEqual([...range(0, 6), 10, 16])
    finish(10)
    for (let round = 0; inWork.length > 0 && round < 100; round++) {
      for (const one of inWork.slice()) finish(one)
      await readAll()
    }
    await tick()
    expect(offsetsOf().toSorted((a, b) => a - b)).toEqual(range(0, 17))
    expect(commitOf()).toBe(17)
  })

  test('new live records do not wait for a backfill: without memory for more of it, reading jumps to where it never was', async () => {
    const { join, append, many, readAll, begin, offsetsOf, fetches } = create({ perFetch: 10 })
    append(0, ...many('bulk', 1_000))
    await join([0])
    await readAll()
    append(0, 'live')
    const before = fetches()
    begin(0, 1, 2, 3)
    await readAll()
    expect(offsetsOf()).toEqual([...range(0, 6), ...range(6, 10), 1_000])
    expect(fetches() - before).toBeLessThan(5)
  })

  test('while nothing of it is owed and while it has memory, reading is not sent back', async () => {
    const { intake, join, append, many, readAll, seeks } = create()
    append(0, ...many('bulk', 3))
    await join([0])
    await readAll()
    intake.goOn()
    expect(seeks.size).toBe(0)
  })

  test('a place that reading is about to come to is not sought again at each chance: what is being fetched would be thrown away', async () => {
    const { intake, join, append, many, readAll, finish, seeks, read } = create()
    append(0, ...many('live', 4))
    await join([0])
    await readAll()
    finish(1, 3)
    await tick()
    await join([])
    await join([0])
    await read(9)
    seeks.clear()
    intake.goOn()
    expect(seeks.size).toBe(0)
  })
})

describe('offsets without records', () => {
  test('gaps in the midst and at the end of a batch are passed', async () => {
    const { join, append, readAll, finish, offsetsOf, commitOf } = create()
    append(0, 'live', 'hole', 'live', 'hole', 'hole')
    await join([0])
    await readAll()
    finish(0, 2)
    await tick()
    expect([offsetsOf(), commitOf()]).toEqual([[0, 2], 5])
  })

  test('what retention has deleted before it was read is passed, and what was in work counts as before', async () => {
    const { join, append, many, readAll, finish, read, offsetsOf, commitOf, positions } = create()
    append(0, 'live', 'live')
    await join([0])
    await readAll()
    append(0, ...many('hole', 10), 'live')
    positions.set(0, 12)
    await read()
    finish(0, 1, 12)
    await tick()
    expect([offsetsOf(), commitOf()]).toEqual([[0, 1, 12], 13])
  })

  test('(I2) a batch of markers alone moves the commit', async () => {
    const { join, append, readAll, finish, commitOf } = create({ perFetch: 2 })
    append(0, 'live', 'live', 'hole', 'hole')
    await join([0])
    await readAll()
    finish(0, 1)
    await tick()
    expect(commitOf()).toBe(4)
    append(0, 'hole')
    await readAll()
    await tick()
    expect(commitOf()).toBe(5)
  })

  test('(I2) a gap before what an earlier owner has settled: the commit goes over both although nothing settles here', async () => {
    const { join, append, readAll, committed, commitOf } = create()
    append(0, 'hole', 'live', 'live')
    const before = create()
    before.append(0, 'live', 'live', 'live')
    await before.join([0])
    await before.readAll()
    before.finish(1, 2)
    await tick()
    committed.set(0, before.committed.get(0) ?? { offset: null, metadata: null })
    await join([0])
    await readAll()
    await tick()
    expect(commitOf()).toBe(3)
  })

  test('what was fetched before a seek says nothing', async () => {
    const { intake, join, append, readAll, ownership, many } = create()
    append(0, ...many('live', 3))
    await join([0])
    await readAll()
    intake.onNothing({ partition: 0, offset: 1, nextOffset: 9 })
    intake.onNothing({ partition: 7, offset: 0, nextOffset: 9 })
    expect(ownership.get(0)?.readFrom).toBe(3)
  })

  test('a partition that was created again is read from its beginning; the old work is forgotten', async () => {
    const { join, append, log, readAll, finish, offsetsOf, positions, commitOf, memoryBound } = create()
    append(0, 'live', 'live', 'live')
    await join([0])
    await readAll()
    log.set(0, ['live', 'live'])
    positions.set(0, 0)
    await readAll()
    expect(offsetsOf()).toEqual([0, 1, 2, 0, 1])
    expect(memoryBound.used().records).toBe(2)
    finish(0, 1)
    await tick()
    expect(commitOf()).toBe(2)
  })
})

describe('while the registry is away', () => {
  test('the partition is held at the record, nothing is given up, others go on, and it goes on by itself', async () => {
    let isAway = true
    const decode = (kind: string) => (kind === 'new' && isAway ? away : readable(kind))
    const { intake, join, append, readAll, offsetsOf, givenUp, paused } = create({ decode })
    append(0, 'live', 'new', 'live')
    append(1, 'live')
    await join([0, 1])
    await readAll()
    const wait = { partition: 0, why: 'registry', offset: 1, detail: 'refused' }
    expect([offsetsOf(0), offsetsOf(1), [...paused], intake.schemaWaits()]).toEqual([[0], [0], [0], [wait]])
    await vi.advanceTimersByTimeAsync(500)
    await readAll()
    expect(intake.schemaWaits()).toEqual([wait])
    isAway = false
    await vi.advanceTimersByTimeAsync(5_000)
    // Between two tries it waits as before: what is told of it does not flicker.
    expect(intake.schemaWaits()).toEqual([wait])
    await readAll()
    expect(intake.schemaWaits()).toEqual([])
    expect([offsetsOf(0), givenUp, vi.getTimerCount()]).toEqual([[0, 1, 2], [], 0])
  })

  test('a schema that the registry does not give although it answers for others holds its partition alone, until the codec gives it up', async () => {
    const answers: Answer[] = [{ kind: 'schema_unavailable', schemaId: 7, detail: 'HTTP 403' }]
    const decode = (kind: string) => (kind === 'new' ? (answers.shift() ?? garbage) : readable(kind))
    const { intake, join, append, readAll, offsetsOf, givenUp } = create({ decode })
    append(0, 'live', 'new', 'live')
    append(1, 'live')
    await join([0, 1])
    await readAll()
    const waits = [{ partition: 0, why: 'schema', offset: 1, detail: 'schema 7: HTTP 403' }]
    expect([offsetsOf(0), offsetsOf(1), intake.schemaWaits()]).toEqual([[0], [0], waits])
    await vi.advanceTimersByTimeAsync(5_000)
    await readAll()
    expect([offsetsOf(0), givenUp, intake.schemaWaits()]).toEqual([[0, 1, 2], [1], []])
  })

  test('memory that comes free does not hurry it, and a rejoin does not let it go', async () => {
    const { intake, join, append, readAll, finish, paused, offsetsOf } = create({
      decode: (kind) => (kind === 'new' ? away : readable(kind)),
    })
    append(0, 'live', 'new')
    await join([0])
    await readAll()
    finish(0)
    await join([0])
    expect([paused.has(0), intake.schemaWaits().length]).toEqual([true, 1])
    await vi.advanceTimersByTimeAsync(60_000)
    await readAll()
    expect([intake.schemaWaits().length, offsetsOf()]).toEqual([1, [0]])
  })

  test.each(['lost', 'closed'])('a held partition that is %s is forgotten, with its timer', async (how) => {
    const { intake, join, append, readAll } = create({ decode: () => away })
    append(0, 'live')
    await join([0])
    await readAll()
    if (how === 'lost') await join([])
    else intake.close()
    await tick()
    expect([how === 'lost' ? intake.schemaWaits() : [], vi.getTimerCount()]).toEqual([[], 0])
  })
})

describe('a commit that has no place for more', () => {
  /** Every second one settled, so that the metadata is as long as it can be. */
  async function fill(world: ReturnType<typeof create>, kind: Kind = 'live') {
    const { append, many, join, readAll, finish } = world
    append(0, ...many(kind, 60_000))
    await join([0])
    for (let next = 0; world.paused.size === 0 && next < 60_000; next += 100) {
      await world.read()
      for (const { record: one } of world.inWork.slice()) if (one.offset % 2 === 1) finish(one.offset)
    }
    expect(world.paused.has(0)).toBe(true)
    return { stoppedAt: Math.max(...world.offsetsOf()) + 1, readAll }
  }

  test('(I2) reading waits, and goes on when something settles', async () => {
    const world = create({ shared: 1e6, reserved: 1e6 })
    const { stoppedAt } = await fill(world)
    await world.readAll()
    expect(Math.max(...world.offsetsOf())).toBe(stoppedAt - 1)
    for (let low = 0; low < 2_000; low += 2) world.finish(low)
    expect(world.paused.size).toBe(0)
    await world.read()
    expect(Math.max(...world.offsetsOf())).toBeGreaterThanOrEqual(stoppedAt)
  })

  test('(I2) what was put off is read again then, and never in a loop', async () => {
    const world = create({ shared: 1e6, reserved: 1e6, perFetch: 1_000 })
    const { append, join, read, readAll, finish, inWork, commitOf } = world
    const kinds = Array.from({ length: 60_000 }, (_, i): Kind => (i % 2 === 0 ? 'bulk' : 'live'))
    append(0, ...kinds)
    // No memory for the bulk lane at first: every second record is owed.
    const has = world.memoryBound.has
    world.memoryBound.has = (partition, lane) => lane === 'live' && has(partition, lane)
    const isWorthFetching = world.memoryBound.isWorthFetching
    world.memoryBound.isWorthFetching = (lane) => lane === 'live' && isWorthFetching(lane)
    await join([0])
    for (let round = 0; round < 100; round++) {
      await read()
      for (const one of inWork.slice()) finish(one)
    }
    expect(world.paused.has(0)).toBe(true)
    world.memoryBound.has = has
    world.memoryBound.isWorthFetching = isWorthFetching
    world.intake.goOn()
    for (let round = 0; round < 500 && (commitOf() ?? 0) < 60_000; round++) {
      await readAll()
      for (const one of inWork.slice()) finish(one)
      await tick()
    }
    expect(commitOf()).toBe(60_000)
    expect(world.offsetsOf()).toHaveLength(60_000)
  })
})

test('(I8) a commit without place, where also what was put off finds none: it waits for what is in work, without a loop', async () => {
  const world = create({ shared: 1e6, reserved: 1e6, perFetch: 1_000 })
  const { append, join, read, readAll, finish, inWork, memoryBound, offsetsOf } = world
  append(0, 'live', ...Array.from({ length: 40_000 }, (_, i): Kind => (i % 13 === 11 ? 'live' : 'bulk')))
  const { has, isWorthFetching } = memoryBound
  memoryBound.has = (partition, lane) => lane === 'live' && has(partition, lane)
  memoryBound.isWorthFetching = (lane) => lane === 'live' && isWorthFetching(lane)
  await join([0])
  for (let round = 0; round < 100; round++) {
    await read()
    for (const one of inWork.slice()) if (one.record.offset > 0) finish(one)
  }
  const stopped = offsetsOf().length
  Object.assign(memoryBound, { has, isWorthFetching })
  world.intake.goOn()
  await readAll()
  expect([world.paused.has(0), offsetsOf().length]).toEqual([true, stopped])
  finish(0)
  await readAll()
  expect(offsetsOf().length).toBeGreaterThan(stopped)
})

const Step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), partition: fc.nat(1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('begin' as const), which: fc.nat(50) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      partition: fc.nat(1),
      kinds: fc.array(fc.constantFrom<Kind>('live', 'bulk', 'bulk', 'bulk', 'bad', 'hole'), { maxLength: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('rejoin' as const, 'lose' as const, 'evicted' as const) }) },
)
const Limits = fc.record({
  shared: fc.integer({ min: 1, max: 8 }),
  reserved: fc.integer({ min: 1, max: 4 }),
  perFetch: fc.integer({ min: 1, max: 20 }),
})

test('(I2) whatever comes in whatever order: each record once per ownership, and in the end the commit is the end', async () => {
  await fc.assert(
    fc.asyncProperty(Limits, fc.array(Step, { maxLength: 60 }), async (limits, steps) => {
      const world = create(limits)
      const { read, finish, begin, append, join, inWork, log, ownership } = world
      const taken = new Map<OwnedPartition, Set<number>>()
      const look = () => {
        for (const { owned, record: one } of inWork) {
          const offsets = taken.get(owned) ?? new Set()
          taken.set(owned, offsets.add(one.offset))
        }
        const total = [...taken.values()].reduce((sum, offsets) => sum + offsets.size, 0)
        expect(world.offsetsOf(0).length + world.offsetsOf(1).length).toBe(total)
        const waiting = world.memoryBound.used().waiting
        expect(waiting.live).toBeLessThanOrEqual(limits.shared + 2 * limits.reserved)
        expect(waiting.bulk).toBeLessThanOrEqual(limits.shared + 2 * limits.reserved)
      }
      await join([0, 1])
      for (const step of steps) {
        const one = 'which' in step ? inWork[step.which % Math.max(1, inWork.length)] : undefined
        if (step.do === 'read') await read(step.partition)
        else if (step.do === 'append') append(step.partition, ...step.kinds)
        else if (step.do === 'rejoin') await join([0, 1])
        else if (step.do === 'evicted') await join([0, 1], { continued: false })
        else if (step.do === 'lose') {
          await join([0])
          look()
          await join([0, 1])
        } else if (step.do === 'finish' && one !== undefined) finish(one)
        else if (step.do === 'begin' && one !== undefined) begin(one.record.offset)
        look()
      }
      for (let quiet = 0; quiet < 2; quiet = inWork.length > 0 ? 0 : quiet + 1) {
        for (const one of inWork.slice()) finish(one)
        for (let rounds = 0; rounds < 30; rounds++) for (const partition of [0, 1]) await read(partition)
        look()
        await tick()
      }
      for (const partition of [0, 1]) {
        const kinds = log.get(partition) ?? []
        const records = range(0, kinds.length).filter((offset) => kinds[offset] !== 'hole')
        expect(new Set(world.offsetsOf(partition))).toEqual(new Set(records))
        expect([partition, world.commitOf(partition) ?? 0]).toEqual([partition, kinds.length])
        expect(ownership.get(partition)?.tracker.owed()).toBe(0)
      }
    }),
    { numRuns: 200 },
  )
})
