import { describe, expect, test } from 'vitest'
import type { RecordBatch, TopicPartition } from '@insights/runtime/kafka/consumer'
import { createLogger } from '@insights/runtime/logger'
import type { Codec, Decoded } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/conversation-received'
import { createLedger } from './commit-settled.ts'
import { bytesInWork, createIntake } from './consume-conversations.ts'
import { createRoom } from './room.ts'
import { lease, record } from './work.fixture.ts'

type Answer = Decoded<ConversationReceived>
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

function create(decodeValue: (value: string) => Answer, { maxRecords = 100 } = {}) {
  const admitted: number[] = []
  const givenUp: number[] = []
  const acknowledge: (() => void)[] = []
  const paused: string[] = []
  const committed: number[] = []
  const room = createRoom({ maxRecords, maxBytes: 1_000_000 })
  const onCrash = (error: unknown) => {
    throw error
  }
  const ledger = createLedger({
    commit: async (_lease, offsets) => {
      committed.push(...offsets.map(({ offset }) => offset))
      return 'committed'
    },
    onCrash,
  })
  const nameOf = ({ partition }: TopicPartition) => String(partition)
  const intake = createIntake({
    decode: (async (_topic: string, value: Buffer) => decodeValue(value.toString())) as unknown as Codec['decode'],
    ledger,
    room,
    admit: (_conversation, { offset }) => void admitted.push(offset),
    giveUp: async (unreadable, itsLease) => {
      givenUp.push(unreadable.offset)
      await new Promise<void>((resolve) => acknowledge.push(resolve))
      ledger.settle(itsLease, [unreadable])
    },
    pausePartition: (partition) => void paused.push(`pause ${nameOf(partition)}`),
    resumePartition: (partition) => void paused.push(`resume ${nameOf(partition)}`),
    onCrash,
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const mine = lease()
  const batch = (...values: string[]): RecordBatch => ({
    topic: 'conversations.received',
    partition: 0,
    records: values.map((value, offset) => record(offset, { value: Buffer.from(value) })),
    highWatermark: values.length,
    lease: mine,
    progress: () => {},
  })
  return { intake, ledger, room, mine, batch, admitted, givenUp, acknowledge, paused, committed }
}
const readable = (value: string): Answer => (value === 'bad' ? garbage : { kind: 'ok', value: conversation })

describe('taking records in', () => {
  test('(I2, I5) what cannot be read is given up, and settled only when that is acknowledged; good records go on', async () => {
    const { intake, ledger, batch, admitted, givenUp, acknowledge, committed } = create(readable)
    let returned = false
    const taking = intake.onBatch(batch('bad', 'good', 'bad', 'good')).then(() => (returned = true))
    await expect.poll(() => acknowledge.length).toBe(2)
    expect(admitted).toEqual([1, 3])
    expect(givenUp).toEqual([0, 2])
    expect([returned, committed]).toEqual([false, []])
    for (const done of acknowledge) done()
    await taking
    await ledger.flushed()
    expect(committed).toEqual([1])
  })

  test('a record that comes twice in one generation is in work once', async () => {
    const { intake, batch, admitted, room } = create(readable)
    await intake.onBatch(batch('a', 'b'))
    await intake.onBatch(batch('a', 'b', 'c'))
    expect(admitted).toEqual([0, 1, 2])
    expect(room.used().records).toBe(3)
  })

  test('(I8) without room the batch waits; a lost generation does not wait on', async () => {
    const { intake, batch, admitted, room, mine } = create(readable, { maxRecords: 2 })
    const taking = intake.onBatch(batch('a', 'b', 'c', 'd'))
    await expect.poll(() => admitted.length).toBe(2)
    room.leave(bytesInWork(record(0, { value: Buffer.from('a') })))
    await expect.poll(() => admitted.length).toBe(3)
    mine.lose()
    await taking
    expect(admitted).toEqual([0, 1, 2])
  })

  test('a lost generation does not wait for the broker either: the rejoin waits for its handler', async () => {
    const { intake, batch, givenUp, mine } = create(readable)
    const taking = intake.onBatch(batch('bad'))
    await expect.poll(() => givenUp.length).toBe(1)
    mine.lose()
    await taking
  })

  test('closing ends the wait', async () => {
    const { intake, batch, admitted } = create(readable, { maxRecords: 1 })
    const taking = intake.onBatch(batch('a', 'b'))
    await expect.poll(() => admitted.length).toBe(1)
    intake.close()
    await taking
    await intake.onBatch(batch('c'))
    expect(admitted).toEqual([0])
  })

  test('while the registry is away the partition is held, nothing is given up, and it goes on by itself', async () => {
    let away = true
    const decode = (value: string): Answer =>
      value === 'new' && away ? { kind: 'registry_away', detail: 'refused' } : readable(value)
    const { intake, batch, admitted, givenUp, paused } = create(decode)
    await intake.onBatch(batch('a', 'new', 'b'))
    expect(admitted).toEqual([0])
    expect(paused).toEqual(['pause 0'])
    expect(intake.isHeld()).toBe(true)
    away = false
    await expect.poll(() => intake.isHeld(), { timeout: 5_000 }).toBe(false)
    expect(admitted).toEqual([0, 1, 2])
    expect(givenUp).toEqual([])
    expect(paused).toEqual(['pause 0', 'resume 0'])
  })

  test('a held partition that is lost is forgotten', async () => {
    const { intake, batch, admitted, paused, mine } = create(() => ({ kind: 'registry_away', detail: 'refused' }))
    await intake.onBatch(batch('a'))
    mine.lose()
    await expect.poll(() => intake.isHeld()).toBe(false)
    expect(admitted).toEqual([])
    expect(paused).toEqual(['pause 0'])
  })
})
