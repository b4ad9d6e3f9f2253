import { expect, test } from 'vitest'
import { createCodec } from './codec.ts'
import { badExamples, goodExamples } from './examples.ts'
import { answerWith, openDoor } from './http-door.fixture.ts'

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
  const codec = createCodec({ registryUrl: door.url, prefix: '', now: () => now, unknownIdTtlMs: 1_000 })
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
  now = 1_000
  await decode()
  expect(door.requests).toHaveLength(2)
})
