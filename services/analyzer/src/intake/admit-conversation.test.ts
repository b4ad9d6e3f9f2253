import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { describe, expect, test } from 'vitest'
import { createAdmission } from './admit-conversation.ts'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import { prepareConversation } from '../text/prepare-conversation.ts'
import { createOutcomeDelivery } from '../outcomes/deliver-outcomes.ts'
import { createOutcomeRecords } from '../outcomes/to-outcome-records.ts'
import type { CallFacts } from '../work/call-facts.ts'
import type { Work } from '../work/work.ts'
import { owned, record } from '../work/work.fixture.ts'

const settings = { model: 'grok', promptVersion: '1+x', itemMaxTokens: 1_000, maskPii: false }
const call: CallFacts = { callId: 'call-1', startedAt: 1, model: 'grok', promptVersion: '1+x' }

/** An admission whose calls and acknowledgements the test gives. Events stand in published records as JSON. */
function create({ monotonic = 0, brokerNow = null as number | null } = {}) {
  const inCalls: Work[] = []
  const published: OutgoingRecord[] = []
  const settled: number[] = []
  const left: number[] = []
  const counts: Record<string, number> = {}
  let acknowledge = Promise.resolve(true)
  const counters = {
    countItems: (outcome: string, count: number) => void (counts[outcome] = (counts[outcome] ?? 0) + count),
    countSuspicion: (kind: string) => void (counts[kind] = (counts[kind] ?? 0) + 1),
    countMasked: (masked: { email?: number }) =>
      void (counts['masked'] = (counts['masked'] ?? 0) + (masked.email ?? 0)),
  }
  const outcomes = createOutcomeDelivery({
    records: createOutcomeRecords({
      encode: (_topic, event) => Buffer.from(JSON.stringify(event)),
      prefix: '',
      groupId: 'analyzer',
      now: () => 5,
      randomBytes: (n) => Buffer.alloc(n, 1),
    }),
    memoryBytes: 1_000_000,
    publish: async (records) => {
      if (!(await acknowledge)) return { ok: false, reason: 'stopped', detail: 'stopped' }
      published.push(...records)
      return { ok: true }
    },
    settle: (places) => void settled.push(...places.map(({ offset }) => offset)),
    counters,
    maxAge: '24h',
    onCrash: (error) => {
      throw error
    },
  })
  const admission = createAdmission({
    preparer: { prepare: (conversation) => prepareConversation(conversation, settings) },
    memoryBound: { leave: ({ offset }) => void left.push(offset) },
    calls: {
      add: (work) => void inCalls.push(work),
      drop: (isGone) => {
        const gone = inCalls.filter(isGone)
        for (const work of gone) inCalls.splice(inCalls.indexOf(work), 1)
        return gone
      },
    },
    outcomes,
    counters,
    changed: () => {},
    onCrashAt: (_place, error) => {
      throw error
    },
    monotonic: () => monotonic,
    brokerNow: () => brokerNow,
  })
  const ours = owned()
  const admit = (offset: number, id: string, text = 'hello', from: OwnedPartition = ours) =>
    admission.admit(conversation(id, text), at(offset, from), from, 'live')
  outcomes.start({ onLeft: admission.leave })
  const usage = { prompt_tokens: 7, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 }
  /** Every conversation in a call is answered. */
  const finish = async () => {
    const accepted = inCalls.splice(0).map((work) => ({ work, answer, raw: null }))
    outcomes.ofCall(call, { accepted, failed: [], again: [] }, { model: null, usage })
    await outcomes.concluded()
  }
  const waiting = () => inCalls.map((work) => work.record.offset)
  const events = () => published.map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>)
  const hold = () => {
    const held = Promise.withResolvers<boolean>()
    acknowledge = held.promise
    return held
  }
  return { admission, outcomes, admit, inCalls, finish, waiting, events, settled, left, counts, hold, ours }
}

const at = (offset: number, from: OwnedPartition): ConsumedRecord => record(offset, { partition: from.partition })
const message = (text: string, timestamp: number | null = null) => ({ author_id: null, text, timestamp, inbound: true })
const conversation = (id: string, text: string): ConversationReceived => ({
  conversation_id: id,
  messages: [message(text)],
  metadata: '{}',
  source: 'test',
  submission_id: '00000000-0000-4000-8000-000000000000',
})
const answer = { conversation_id: 'alias', reasoning: 'r', sentiment_score: 0.5, confidence: 0.9, clusters: ['refund'] }

describe('the way of a conversation around the calls', () => {
  test('(I5) nothing is settled, and no place given back, before the outcome is acknowledged', async () => {
    const { admit, finish, hold, settled, left } = create()
    admit(1, 'a')
    const acknowledgement = hold()
    const finishing = finish()
    await new Promise(setImmediate)
    expect([settled, left]).toEqual([[], []])
    acknowledgement.resolve(true)
    await finishing
    expect([settled, left]).toEqual([[1], [1]])
  })

  test('(I6) an identical conversation is answered from memory: the same insight, its own origin, nothing paid', async () => {
    const { admit, finish, waiting, events, outcomes, settled, counts } = create()
    admit(1, 'a')
    await finish()
    admit(2, 'a')
    await outcomes.concluded()
    expect(waiting()).toEqual([])
    const [first, second] = events()
    expect(second?.['insight_id']).toBe(first?.['insight_id'])
    expect(second).toMatchObject({ origin: { offset: 2 }, usage: { prompt_tokens: 0 }, call_id: 'call-1' })
    expect(first).toMatchObject({ origin: { offset: 1 }, usage: { prompt_tokens: 7 } })
    expect([settled, counts['repeated']]).toEqual([[1, 2], 1])
  })

  test('an answer from memory says when its own conversation took place, and no message from the future counts', async () => {
    const { admission, finish, events, outcomes, ours } = create()
    const tomorrow = 20 * 60 * 60 * 1000
    const submit = (offset: number, appendedAt: number) => {
      const messages = [null, 4_000, tomorrow * 3].map((time) => message('hello', time))
      admission.admit({ ...conversation('a', ''), messages }, record(offset, { appendedAt }), ours, 'live')
    }
    submit(1, tomorrow)
    await finish()
    submit(2, tomorrow * 2)
    await outcomes.concluded()
    expect(events().map(({ occurred_at }) => occurred_at)).toEqual([4_000, tomorrow * 3])
  })

  test.each([
    { name: 'the time to here is a part of its wait for a full batch', brokerNow: 10, waitingSince: 990 },
    { name: 'a backlog is not due as it comes', brokerNow: 60_000, waitingSince: 975 },
    { name: 'the estimate of the clock may be a little behind', brokerNow: -2, waitingSince: 1_000 },
    { name: 'the clock is not known', brokerNow: null, waitingSince: 1_000 },
  ])('a conversation waits since its append: $name', ({ brokerNow, waitingSince }) => {
    const { admit, inCalls } = create({ monotonic: 1_000, brokerNow })
    admit(1, 'a')
    expect(inCalls[0]?.waitingSince).toBe(waitingSince)
  })

  test('another text of the same conversation is asked, but not beside the older one: the newest is published last', async () => {
    const { admit, finish, waiting, events } = create()
    admit(1, 'a', 'first')
    admit(2, 'a', 'second')
    admit(3, 'b', 'beside')
    expect(waiting()).toEqual([1, 3])
    await finish()
    expect(waiting()).toEqual([2])
    await finish()
    const offsets = events().flatMap(({ origin, conversation_id: id }) =>
      id === 'a' ? [(origin as { offset: number }).offset] : [],
    )
    expect(offsets).toEqual([1, 2])
  })

  test('(I2) of a lost partition nothing stays, and what waited for it in another goes ahead', async () => {
    const { admission, outcomes, admit, waiting, left, settled, events } = create()
    const lost = owned(1)
    admit(1, 'a', 'text', lost)
    admit(2, 'a', 'text')
    expect(waiting()).toEqual([1])
    lost.lose()
    admission.forget([lost])
    expect(waiting()).toEqual([2])
    expect([...new Set(left)]).toEqual([1])
    await outcomes.concluded()
    expect([settled, events()]).toEqual([[], []])
  })

  test('what a lost partition was told is not remembered: another owner may have erased it since', async () => {
    const { admission, admit, finish, waiting } = create()
    const partition = owned(1)
    admit(1, 'a', 'text', partition)
    await finish()
    partition.lose()
    admission.forget([partition])
    admit(1, 'a', 'text', owned(1))
    expect(waiting()).toEqual([1])
  })

  test('what waits for too long is given up as expired, to be tried again; younger work stays', async () => {
    const { admission, outcomes, admit, waiting, events, settled, ours } = create()
    admit(1, 'a')
    admission.admit(conversation('b', 'young'), record(2, { appendedAt: 100 }), ours, 'live')
    admission.giveUpOld(100)
    await outcomes.concluded()
    expect([waiting(), settled]).toEqual([[2], [1]])
    expect(events()).toMatchObject([{ class: 'expired', retryable: true, conversation_id: 'a', attempts: 0 }])
  })

  test('a conversation that is published again is as old as that record when it may expire, and as its first when it took place', async () => {
    const { admission, waiting, finish, events, ours } = create()
    const day = 24 * 60 * 60 * 1000
    const first = { topic: 'conversations.received', partition: 3, offset: 1, appended_at: day }
    const again = record(2, { appendedAt: 9 * day, headers: [firstOriginHeader(first)] })
    const messages = [message('then', day), message('not yet', 8 * day)]
    admission.admit({ ...conversation('a', ''), messages }, again, ours, 'live')
    admission.giveUpOld(8 * day)
    expect(waiting()).toEqual([2])
    await finish()
    expect(events()).toMatchObject([{ origin: first, occurred_at: day }])
  })

  test('a record that can never be read ends in its failure, and is settled', async () => {
    const { admission, outcomes, events, settled, counts, ours } = create()
    const problem = {
      class: 'undecodable',
      title: 'Not Avro',
      detail: 'bytes',
      retryable: false,
      conversationId: null,
    } as const
    admission.giveUp(record(4), ours, problem)
    await outcomes.concluded()
    expect(events()).toMatchObject([{ class: 'undecodable', conversation_id: null }])
    expect([settled, counts]).toEqual([[4], { unreadable: 1 }])
  })
})
