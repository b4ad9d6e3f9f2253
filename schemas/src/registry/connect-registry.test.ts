import { expect, test } from 'vitest'
import { connectRegistry, RegistryAway, SchemaNotRegistered, SchemaRefused } from './connect-registry.ts'
import { answerWith, breakInBody, hang, openDoor } from './http-door.fixture.ts'
import { topics } from '../topics.ts'

const { avro } = topics.conversationsReceived
const TIMEOUT_MS = 200

const toUrl = (address: string) => ({ url: `${address}/apis/ccompat/v7`, timeoutMs: TIMEOUT_MS })
const error = (code: number, message: string) => JSON.stringify({ error_code: code, message })
const schema = (text: string, schemaType?: string) =>
  JSON.stringify({ schema: text, ...(schemaType && { schemaType }) })

test.each([
  ['503', answerWith(503, error(50003, 'no leader'))],
  ['500 without a body', answerWith(500, '')],
  ['502 of a proxy', answerWith(502, '<html>Bad Gateway</html>', 'text/html')],
  ['401', answerWith(401, error(40101, 'who are you'))],
  ['429', answerWith(429, error(42901, 'slower'))],
  ['no answer', hang],
  ['a connection that breaks in the middle of the body', breakInBody],
  ['200 that is no registry at all', answerWith(200, '<html>It works!</html>', 'text/html')],
  ['200 that is no schema', answerWith(200, '{"status":"ok"}')],
  ['404 of a proxy', answerWith(404, '{"message":"no Route matched with those values"}')],
  ['404 of another path', answerWith(404, '')],
])('the registry is away, and nothing is said about the record: %s', async (_, handle) => {
  await using door = await openDoor(handle)
  const started = performance.now()
  const registry = connectRegistry(toUrl(door.url))
  expect(await registry.findSchema(7)).toEqual({ kind: 'away', detail: expect.stringContaining(door.url) as string })
  await expect(registry.findId('s', avro)).rejects.toBeInstanceOf(RegistryAway)
  await expect(registry.register('s', avro)).rejects.toBeInstanceOf(RegistryAway)
  expect(performance.now() - started).toBeLessThan(10 * TIMEOUT_MS)
})

test('a refused connection is the registry being away (the client calls it status 400), and it recovers', async () => {
  await using door = await openDoor(answerWith(404, error(40403, 'Schema 7 not found')))
  const registry = connectRegistry(toUrl(door.url))
  await door.shut()
  expect(await registry.findSchema(7)).toMatchObject({
    kind: 'away',
    detail: expect.stringContaining('ECONNREFUSED') as string,
  })
  await expect(registry.findId('s', avro)).rejects.toBeInstanceOf(RegistryAway)
  await expect(registry.register('s', avro)).rejects.toBeInstanceOf(RegistryAway)
  await door.open()
  expect(await registry.findSchema(7)).toEqual({ kind: 'unknown' })
})

test('a question is not joined to an earlier one whose connection broke: the client would wait for ever', async () => {
  await using door = await openDoor(breakInBody)
  const registry = connectRegistry(toUrl(door.url))
  const broken = registry.findSchema(7)
  await expect.poll(() => door.requests.length).toBe(1)
  door.handle = answerWith(200, schema('"string"'))
  expect(await registry.findSchema(7)).toMatchObject({ kind: 'found' })
  expect(await broken).toMatchObject({ kind: 'away' })
})

test.each([
  ['Confluent, Apicurio', 'Schema 7 not found.'],
  ['Karapace', 'Schema not found'],
])('only the registry saying so makes an id unknown: %s', async (_, message) => {
  await using door = await openDoor(answerWith(404, error(40403, message)))
  expect(await connectRegistry(toUrl(door.url)).findSchema(7)).toEqual({ kind: 'unknown' })
  expect(door.requests).toEqual(['GET /apis/ccompat/v7/schemas/ids/7'])
})

test.each([
  ['JSON Schema', schema('{"type":"object"}', 'JSON')],
  ['Avro that does not compile', schema('{"type":"record"}')],
  ['Avro that does not parse', schema('{')],
])('a schema that is there but of no use is not the registry being away: %s', async (_, body) => {
  await using door = await openDoor(answerWith(200, body))
  expect(await connectRegistry(toUrl(door.url)).findSchema(7)).toMatchObject({ kind: 'unusable' })
})

test('a subject without our schema is told apart from a registry that is away', async () => {
  await using door = await openDoor(answerWith(404, error(40401, "Subject 's' not found.")))
  await expect(connectRegistry(toUrl(door.url)).findId('s', avro)).rejects.toBeInstanceOf(SchemaNotRegistered)
})

test('a subject kept under another rule is refused, not changed', async () => {
  await using door = await openDoor(answerWith(200, '{"compatibilityLevel":"FULL"}'))
  await expect(connectRegistry(toUrl(door.url)).register('s', avro)).rejects.toBeInstanceOf(SchemaRefused)
  expect(door.requests).toEqual(['GET /apis/ccompat/v7/config/s'])
})

test('credentials are sent, also to a registry under an address that ends with a slash, and never shown', async () => {
  const seen: (string | undefined)[] = []
  await using door = await openDoor((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(503).end()
  })
  const auth = { username: 'reader', password: 's3cret' }
  const registry = connectRegistry({ url: `${door.url}/`, timeoutMs: TIMEOUT_MS, auth })
  const lookup = await registry.findSchema(7)
  expect(seen).toEqual([`Basic ${Buffer.from('reader:s3cret').toString('base64')}`])
  expect(door.requests).toEqual(['GET /schemas/ids/7'])
  expect(JSON.stringify(lookup)).not.toContain('s3cret')
})
