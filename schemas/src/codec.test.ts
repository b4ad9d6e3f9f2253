import { setImmediate as nextTurn } from 'node:timers/promises'
import avsc from 'avsc'
import { expect, test } from 'vitest'
import { createCodec } from './codec.ts'
import { ConversationReceived } from './events/conversation-received.ts'
import { badExamples, goodExamples } from './events/examples.ts'
import { answerWith, hang, openDoor } from './registry/http-door.fixture.ts'
import { topics } from './topics.ts'
import { writeHeader } from './avro/wire-format.ts'

const NOWHERE = { registryUrl: 'http://127.0.0.1:1/apis/ccompat/v7', prefix: '' }
const [example] = goodExamples('conversationsReceived')
if (example === undefined) throw new Error('there are no examples')

test('used before load() it throws: that is our bug', () => {
  const codec = createCodec(NOWHERE)
  expect(() => codec.encode('conversationsReceived', example.value)).toThrow('before load()')
})

test('what is wrong with the record alone is said without asking the registry', async () => {
  const codec = createCodec(NOWHERE)
  for (const name of ['null-value', 'empty-value', 'short-header', 'plain-json', 'garbage', 'negative-schema-id']) {
    const bad = badExamples('conversationsReceived').find((one) => one.name === name)
    const decoded = await codec.decode('conversationsReceived', bad?.toWire(1) ?? null)
    expect(decoded).toMatchObject({ kind: 'unreadable', class: 'undecodable', retryable: false, conversationId: null })
  }
})

test('a record whose schema cannot be looked up now is neither good nor bad', async () => {
  const codec = createCodec(NOWHERE)
  const decoded = await codec.decode('conversationsReceived', Buffer.from([0, 0, 0, 0, 7, 6]))
  expect(decoded).toMatchObject({ kind: 'registry_away' })
})

test('an unknown id costs one question for as long as it is remembered, however many records carry it', async () => {
  await using door = await openDoor(answerWith(404, '{"error_code":40403,"message":"Schema 7 not found"}'))
  let now = 0
  const codec = createCodec({ registryUrl: door.url, prefix: '', now: () => now })
  const decode = () => codec.decode('conversationsReceived', Buffer.from([0, 0, 0, 0, 7, 6]))
  const unknown = {
    kind: 'unreadable',
    class: 'undecodable',
    retryable: true,
    detail: 'the registry has no schema with id 7',
  }
  for (const decoded of await Promise.all(Array.from({ length: 100 }, decode))) expect(decoded).toMatchObject(unknown)
  for (let i = 0; i < 100; i++) await decode()
  expect(door.requests).toHaveLength(1)
  now = 29_999
  await decode()
  expect(door.requests).toHaveLength(1)
  now = 30_000
  await decode()
  expect(door.requests).toHaveLength(2)
})

/** A registry that gives every schema its own id, and what it is told for the id 7. */
async function registryWithout7(answer: Parameters<typeof openDoor>[0]) {
  const isAway = { value: false }
  const door = await openDoor((request, response) => {
    if (isAway.value) return void response.destroy()
    if (request.url === '/schemas/ids/7') return answer(request, response)
    const isPost = request.method === 'POST'
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isPost ? { id: 1, version: 1, subject: 's' } : { schema: '"string"' }))
  })
  return { door, isAway }
}

test.each([
  ['403', answerWith(403, '{"message":"no access to this subject"}'), 'HTTP 403: no access to this subject'],
  ['500', answerWith(500, 'oops', 'text/plain'), 'HTTP 500: no answer of a schema registry'],
  ['silence', hang, 'no answer within 100 ms'],
])(
  '(I2, I9) a schema that a registry does not give although it answers for others is waited for, then its records are undecodable and may come again: %s',
  async (_, answer, detail) => {
    const { door, isAway } = await registryWithout7(answer)
    await using _door = door
    let now = 0
    const codec = createCodec({
      registryUrl: door.url,
      prefix: '',
      now: () => now,
      // On a busy machine an answer that comes may take longer than the silence of this test.
      lookupTimeoutMs: answer === hang ? 100 : 10_000,
      schemaWaitMs: 60_000,
    })
    await codec.load()
    const decode = () => codec.decode('conversationsReceived', Buffer.from([0, 0, 0, 0, 7, 6]))
    const waiting = { kind: 'schema_unavailable', schemaId: 7, detail: expect.stringContaining(detail) as string }
    expect(await decode()).toEqual(waiting)
    now = 59_999
    expect(await decode()).toEqual(waiting)
    // While it does not answer at all, nothing is known about this one: the wait begins again.
    isAway.value = true
    now = 70_000
    expect(await decode()).toHaveProperty('kind', 'registry_away')
    isAway.value = false
    now = 80_000
    expect(await decode()).toEqual(waiting)
    now = 140_000
    const givenUp = {
      kind: 'unreadable',
      class: 'undecodable',
      retryable: true,
      detail: expect.stringMatching(
        /^the registry has not given schema 7 for 60 s, but answers for others: /,
      ) as string,
    }
    expect(await decode()).toMatchObject(givenUp)
    const asked = door.requests.length
    for (let i = 0; i < 100; i++) expect(await decode()).toMatchObject(givenUp)
    expect(door.requests).toHaveLength(asked)
    // It is asked for again beside, and then read.
    door.handle = answerWith(200, JSON.stringify({ schema: JSON.stringify(topics.conversationsReceived.avro) }))
    now = 170_000
    expect(await decode()).toMatchObject(givenUp)
    await expect.poll(decode).toMatchObject({ kind: 'unreadable', title: 'The bytes do not match their schema' })
  },
)

test('ids of records to come are asked for together, so that thousands of made-up ones do not wait for each other', async () => {
  let open = 0
  let atOnce = 0
  const together = Promise.withResolvers<void>()
  const ports = new Set<number | undefined>()
  await using door = await openDoor(async (request, response) => {
    ports.add(request.socket.remotePort)
    atOnce = Math.max(atOnce, ++open)
    if (open > 4) together.resolve()
    await together.promise
    await nextTurn() // and so do those that came with it
    open--
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Schema not found"}')
  })
  const codec = createCodec({ registryUrl: door.url, prefix: '' })
  const values = Array.from({ length: 300 }, (_, i) => writeHeader(Buffer.alloc(6), 1_000 + i))
  codec.prefetch('conversationsReceived', [null, Buffer.from('garbage'), ...values])
  for (const value of values) {
    const decoded = await codec.decode('conversationsReceived', value)
    expect(decoded).toMatchObject({ kind: 'unreadable', class: 'undecodable', retryable: true })
  }
  expect(door.requests).toHaveLength(300)
  expect(atOnce).toBeGreaterThan(4)
  expect(atOnce).toBeLessThanOrEqual(7)
  expect(ports.size).toBeLessThanOrEqual(8)
})

/** A registry that has this schema under every id. */
const registryOf = (avro: unknown) => openDoor(answerWith(200, JSON.stringify({ schema: JSON.stringify(avro) })))
const framed = (payload: Buffer) => Buffer.concat([writeHeader(Buffer.alloc(5), 7), payload])
const typeOf = (avro: unknown) => avsc.Type.forSchema(avro as Parameters<typeof avsc.Type.forSchema>[0])

test('(I8) forty nested records of five kilobytes and seven bytes end at once', async () => {
  let type: unknown = 'null'
  for (let i = 0; i < 40; i++) {
    const second = i === 0 ? 'null' : `X${i - 1}`
    const fields = [
      { name: 'a', type },
      { name: 'b', type: second },
    ]
    type = { type: 'record', name: `X${i}`, fields }
  }
  const { avro } = topics.conversationsReceived
  const nested = { ...avro, fields: [...avro.fields, { name: 'nested', type, doc: '' }] }
  const value = { ...example.value, nested: null }
  for (const [schema, payload] of [
    [type, Buffer.alloc(2)],
    [nested, typeOf({ ...avro, fields: [...avro.fields, { name: 'nested', type: 'null' }] }).toBuffer(value)],
  ] as const) {
    await using door = await registryOf(schema)
    const codec = createCodec({ registryUrl: door.url, prefix: '' })
    const decoded = await codec.decode('conversationsReceived', framed(payload))
    expect(decoded).toMatchObject({ kind: 'unreadable', class: 'undecodable', retryable: false })
  }
})

test('(I8) a conversation of more messages than are taken is too large, before objects are made of them', async () => {
  const { avro } = topics.conversationsReceived
  await using door = await registryOf(avro)
  const codec = createCodec({ registryUrl: door.url, prefix: '', maxMessages: 3 })
  const decode = (count: number) => {
    const messages = Array(count).fill(example.value.messages[0])
    return codec.decode('conversationsReceived', framed(typeOf(avro).toBuffer({ ...example.value, messages })))
  }
  expect(await decode(3)).toHaveProperty('kind', 'ok')
  expect(await decode(4)).toEqual({
    kind: 'unreadable',
    class: 'too_large',
    title: 'ConversationReceived has too many messages',
    detail: '4 messages, at most 3 are taken (MAX_MESSAGES)',
    retryable: false,
    conversationId: example.value.conversation_id,
  })
})

test('(I8) two megabytes of empty messages make no objects', async () => {
  const { avro } = topics.conversationsReceived
  await using door = await registryOf(avro)
  const codec = createCodec({ registryUrl: door.url, prefix: '' })
  const string = (text: string) => typeOf('string').toBuffer(text)
  const messages = Buffer.concat([typeOf('long').toBuffer(500_000), Buffer.alloc(2_000_001)])
  const rest = ['{}', 'http', example.value.submission_id].map(string)
  const value = framed(Buffer.concat([string('c'), messages, ...rest]))
  const before = process.memoryUsage().heapUsed
  const decoded = await codec.decode('conversationsReceived', value)
  expect(decoded).toMatchObject({ class: 'too_large', detail: expect.stringMatching(/^500000 messages/) as string })
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
})

test('(I8) metadata made to hurt a parser is read in a moment, and nothing is thrown', () => {
  const size = 2_000_000
  const nested = '['.repeat(size / 2) + ']'.repeat(size / 2)
  const keys = Array.from({ length: size / 10 }, (_, i) => `"${i * 7_919}":0`).join()
  const isGood = (metadata: string) => ConversationReceived.shape.metadata.safeParse(metadata).success
  expect(isGood(`{"a":${nested}}`)).toBe(true)
  expect(isGood('['.repeat(size))).toBe(false)
  expect(isGood('{"a":'.repeat(size / 5))).toBe(false)
  expect(isGood(`{${keys}}`)).toBe(true)
  expect(isGood(' '.repeat(size))).toBe(false)
})
