import { testContext, type TestContext } from '@insights/stack/test-context'
import avsc from 'avsc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCodec, type Codec } from './codec.ts'
import { connectRegistry, RegistryAway, SchemaNotRegistered, SchemaRefused } from './registry/connect-registry.ts'
import { badExamples, goodExamples } from './events/examples.ts'
import { breakInBody, forwardTo, hang, openDoor, type HttpDoor } from './registry/http-door.fixture.ts'
import { registerHostile } from './registry/register-hostile.int.fixture.ts'
import { subjectName, topicIds, topics, type AvroRecord, type EventOf } from './topics.ts'
import { HEADER_BYTES, writeHeader } from './avro/wire-format.ts'
import { writerIdOf } from './writer-id.fixture.ts'

const TIMEOUT_MS = 1_000

let context: TestContext
let registryUrl: string
let codec: Codec

beforeAll(async () => {
  context = await testContext('codec')
  registryUrl = context.env['SCHEMA_REGISTRY_URL'] ?? ''
  codec = createCodec({ registryUrl, prefix: context.prefix })
  await codec.register()
  await codec.load()
})

afterAll(() => context.stop())

describe.each(topicIds)('%s', (id) => {
  test.each(goodExamples(id).map((example) => [example.name, example] as const))(
    '%s survives',
    async (_, { value }) => {
      expect(await codec.decode(id, codec.encode(id, value))).toEqual({ kind: 'ok', value })
    },
  )

  test.each(badExamples(id).map((example) => [example.name, example] as const))('%s does not', async (_, example) => {
    const decoded = await codec.decode(id, example.toWire(writerIdOf(codec, id)))
    const { class: failureClass, retryable, pointers } = example.expect
    expect(decoded).toMatchObject({ kind: 'unreadable', class: failureClass, retryable })
    for (const pointer of pointers) expect(decoded).toHaveProperty('detail', expect.stringContaining(`${pointer}: `))
  })
})

test('an event that breaks its contract is never written: that is our bug, and it throws', () => {
  const value = { ...conversation(), messages: [] }
  expect(() => codec.encode('conversationsReceived', value)).toThrow('/messages: must not be empty')
})

test('the conversation of an invalid event is named when its id is good', async () => {
  const bad = badExamples('conversationsReceived').find((example) => example.name === 'empty-messages')
  const decoded = await codec.decode(
    'conversationsReceived',
    bad?.toWire(writerIdOf(codec, 'conversationsReceived')) ?? null,
  )
  expect(decoded).toHaveProperty('conversationId', 'ticket-4711')
})

test("another topic's event is undecodable, not an outage", async () => {
  const decoded = await codec.decode('analysisStarted', codec.encode('conversationsReceived', conversation()))
  expect(decoded).toMatchObject({
    kind: 'unreadable',
    class: 'undecodable',
    title: 'The schema does not fit',
    retryable: false,
  })
})

test('registering again changes nothing: the same ids', async () => {
  const before = topicIds.map((id) => writerIdOf(codec, id))
  await codec.register()
  await codec.load()
  expect(topicIds.map((id) => writerIdOf(codec, id))).toEqual(before)
})

test('BACKWARD: an incompatible schema is refused, a compatible one taken, and its records are read', async () => {
  const subject = subjectName('conversationsReceived', context.prefix)
  const registry = connectRegistry({ url: registryUrl, timeoutMs: TIMEOUT_MS })
  const incompatible = changed((avro) => avro.fields.push({ name: 'region', type: 'string', doc: 'Where' }))
  await expect(registry.register(subject, incompatible)).rejects.toBeInstanceOf(SchemaRefused)
  const newer = changed((avro) => avro.fields.push({ name: 'region', type: 'string', default: 'eu', doc: 'Where' }))
  await registry.register(subject, newer)
  const value = conversation()
  const record = encodeAs(newer, await registry.findId(subject, newer), { ...value, region: 'us' })
  expect(await codec.decode('conversationsReceived', record)).toEqual({ kind: 'ok', value })
  await codec.load() // our own, older version is still found
  expect(await codec.decode('conversationsReceived', codec.encode('conversationsReceived', value))).toHaveProperty(
    'kind',
    'ok',
  )
})

test('BACKWARD: an insight of a writer that knew no occurred_at is read without one, and a reader of then reads ours', async () => {
  const prefix = `${context.prefix}before.`
  const subject = subjectName('insightsProduced', prefix)
  const registry = connectRegistry({ url: registryUrl, timeoutMs: TIMEOUT_MS })
  const { avro } = topics.insightsProduced
  const before = { ...avro, fields: avro.fields.filter(({ name }) => name !== 'occurred_at') }
  await registry.register(subject, before)
  const upgraded = createCodec({ registryUrl, prefix })
  await upgraded.register() // the registry takes the new schema after the old one
  await upgraded.load()
  const value = insight()
  const { occurred_at, ...then } = value
  expect(occurred_at).not.toBeNull()
  const record = encodeAs(before, await registry.findId(subject, before), then)
  expect(await upgraded.decode('insightsProduced', record)).toEqual({
    kind: 'ok',
    value: { ...then, occurred_at: null },
  })
  expect(decodeAs(before, avro, upgraded.encode('insightsProduced', value))).toEqual(then)
})

test('(I8) a schema that a stranger has registered to exhaust us makes its records undecodable, at once and for good', async () => {
  const schemaId = await registerHostile(registryUrl, `${context.prefix}strangers-value`)
  const decode = (length: number) =>
    codec.decode('conversationsReceived', writeHeader(Buffer.alloc(HEADER_BYTES + length), schemaId))
  for (const length of [2, 7, 1_000])
    expect(await decode(length)).toMatchObject({ kind: 'unreadable', class: 'undecodable', retryable: false })
})

test('before provisioning load() says so', async () => {
  const early = createCodec({ registryUrl, prefix: `${context.prefix}early.` })
  await expect(early.load()).rejects.toBeInstanceOf(SchemaNotRegistered)
  await early.register()
  await early.load()
})

describe('with a door before the registry', () => {
  let door: HttpDoor
  let behind: Codec
  let record: Buffer
  const value = conversation()

  beforeAll(async () => {
    const { origin, pathname } = new URL(registryUrl)
    door = await openDoor(forwardTo(origin))
    behind = createCodec({ registryUrl: `${door.url}${pathname}`, prefix: context.prefix, lookupTimeoutMs: TIMEOUT_MS })
    record = codec.encode('conversationsReceived', value)
  })

  afterAll(() => door.shut())

  test('a registry that is away, hangs or breaks off loses no record, and the codec recovers by itself', async () => {
    const lookThrough = door.handle
    const decode = () => behind.decode('conversationsReceived', record)
    await door.shut()
    expect(await decode()).toHaveProperty('kind', 'registry_away')
    await expect(behind.load()).rejects.toBeInstanceOf(RegistryAway)
    await door.open()
    for (const handle of [hang, breakInBody]) {
      door.handle = handle
      expect(await decode()).toHaveProperty('kind', 'registry_away')
      await expect(behind.load()).rejects.toBeInstanceOf(RegistryAway)
    }
    door.handle = lookThrough
    expect(await decode()).toEqual({ kind: 'ok', value })
    await behind.load()
    await door.shut() // what is known needs no registry
    expect(await decode()).toEqual({ kind: 'ok', value })
    expect(behind.encode('conversationsReceived', value)).toEqual(record)
    await door.open()
  })

  test('a cold schema id costs one question, however many records come at once', async () => {
    const { pathname } = new URL(registryUrl)
    const cold = createCodec({ registryUrl: `${door.url}${pathname}`, prefix: context.prefix })
    door.requests.length = 0
    const decoded = await Promise.all(Array.from({ length: 200 }, () => cold.decode('conversationsReceived', record)))
    expect(decoded.every((one) => one.kind === 'ok')).toBe(true)
    expect(door.requests).toEqual([`GET ${pathname}/schemas/ids/${writerIdOf(codec, 'conversationsReceived')}`])
  })
})

function conversation(): EventOf<'conversationsReceived'> {
  const [example] = goodExamples('conversationsReceived')
  if (example === undefined) throw new Error('there are no examples')
  return example.value
}

function insight(): EventOf<'insightsProduced'> {
  const example = goodExamples('insightsProduced').find(({ value }) => value.occurred_at !== null)
  if (example === undefined) throw new Error('there is no such example')
  return example.value
}

function changed(change: (avro: AvroRecord) => void): AvroRecord {
  const avro = structuredClone<AvroRecord>(topics.conversationsReceived.avro)
  change(avro)
  return avro
}

function encodeAs(avro: AvroRecord, schemaId: number, event: object): Buffer {
  return Buffer.concat([writeHeader(Buffer.alloc(HEADER_BYTES), schemaId), typeOf(avro).toBuffer(event)])
}

/** As a reader with another schema than the writer's reads it. */
function decodeAs(reader: AvroRecord, writer: AvroRecord, record: Buffer): unknown {
  const [to, from] = [typeOf(reader), typeOf(writer)]
  const read: unknown = to.fromBuffer(record.subarray(HEADER_BYTES), to.createResolver(from))
  return structuredClone(read)
}

const typeOf = (avro: AvroRecord) => avsc.Type.forSchema(avro as Parameters<typeof avsc.Type.forSchema>[0])
