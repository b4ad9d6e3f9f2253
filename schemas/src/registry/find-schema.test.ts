import { once } from 'node:events'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { findSchema } from './find-schema.ts'
import { createGetJson, MAX_ANSWER_BYTES } from './get-json.ts'
import { answerWith, openDoor } from './http-door.fixture.ts'

const record = (name: string, type: unknown) => JSON.stringify({ type: 'record', name, fields: [{ name: 'x', type }] })
const notFound = { kind: 'answer', status: 404, body: { error_code: 40403, message: 'Schema not found' } } as const

/** A registry that has these answers, and nothing else; counts what it is asked. */
function registryWith(answers: Record<string, unknown>) {
  const asked: string[] = []
  const get = async (path: string) => {
    asked.push(path)
    const body = answers[path]
    return body === undefined ? notFound : ({ kind: 'answer', status: 200, body } as const)
  }
  return { asked, find: (id: number) => findSchema(get, id) }
}
const refersTo = (...subjects: string[]) => subjects.map((subject) => ({ name: subject, subject, version: 1 }))

test('a schema is found with those that it refers to, each of which is asked for once', async () => {
  const { asked, find } = registryWith({
    '/schemas/ids/7': { schema: record('A', ['null', 'B', 'C']), references: refersTo('b', 'c') },
    '/subjects/b/versions/1': { schema: record('B', 'C'), references: refersTo('c') },
    '/subjects/c/versions/1': { schema: record('C', 'int') },
  })
  expect(await find(7)).toMatchObject({ kind: 'found' })
  expect(asked).toEqual(['/schemas/ids/7', '/subjects/b/versions/1', '/subjects/c/versions/1'])
})

test('(I8) references in a circle, without an end or of the wrong kind make the schema unusable, to what is gone not for ever', async () => {
  const detailOf = async (answers: Record<string, unknown>) => {
    const { asked, find } = registryWith(answers)
    const found = await find(7)
    return { kind: found.kind, detail: 'detail' in found ? found.detail : '', asked: asked.length }
  }
  const circle = {
    '/schemas/ids/7': { schema: record('A', 'B'), references: refersTo('b') },
    '/subjects/b/versions/1': { schema: record('B', 'C'), references: refersTo('c') },
    '/subjects/c/versions/1': { schema: record('C', 'B'), references: refersTo('b') },
  }
  expect(await detailOf(circle)).toEqual({ kind: 'unusable', detail: 'undefined type name: B', asked: 3 })

  const endless: Record<string, unknown> = { '/schemas/ids/7': { schema: '"int"', references: refersTo('s0') } }
  for (let i = 0; i < 100; i++)
    endless[`/subjects/s${i}/versions/1`] = { schema: '"int"', references: refersTo(`s${i + 1}`) }
  expect(await detailOf(endless)).toEqual({
    kind: 'unusable',
    detail: 'it refers to more than 16 other schemas',
    asked: 17,
  })

  for (const references of ['x', [null], [{ subject: 'a' }], [{ subject: 'a', version: '../../1' }], [{}], { 0: 1 }]) {
    const answer = await detailOf({ '/schemas/ids/7': { schema: '"int"', references } })
    expect(answer).toEqual({ kind: 'unusable', detail: 'its references cannot be read', asked: 1 })
  }
  const gone = await detailOf({ '/schemas/ids/7': { schema: '"int"', references: refersTo('gone/../x') } })
  expect(gone).toEqual({
    kind: 'away',
    detail: expect.stringMatching(/^gone\/\.\.\/x, version 1, to which it refers: HTTP 404: /) as string,
    asked: 2,
  })
})

test('a registry that goes away between a schema and what it refers to is away', async () => {
  const get = async (path: string) =>
    path === '/schemas/ids/7'
      ? ({ kind: 'answer', status: 200, body: { schema: '"int"', references: refersTo('b') } } as const)
      : ({ kind: 'away', detail: 'gone' } as const)
  expect(await findSchema(get, 7)).toEqual({ kind: 'away', detail: 'b, version 1, to which it refers: gone' })
})

test.each([
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '7'],
  ['a schema that is no text', '{"schema":{"type":"int"}}'],
  ['a text', '"schema"'],
  ['nothing', ''],
])('an answer that is no schema is no schema: %s', async (_, body) => {
  await using door = await openDoor(answerWith(200, body))
  const get = createGetJson({ host: door.url, timeoutMs: 1_000 })
  expect(await findSchema(get, 7)).toMatchObject({ kind: 'away' })
})

test('(I8) an answer that is too long is not read to its end', async () => {
  let sent = 0
  await using door = await openDoor(async (_, response) => {
    const chunk = Buffer.alloc(64 * 1024, 0x20)
    const closed = once(response, 'close')
    let goOn: (value: unknown) => void = () => undefined
    response.on('drain', () => goOn(null))
    response.writeHead(200)
    while (!response.destroyed && sent < 100 * MAX_ANSWER_BYTES) {
      sent += chunk.length
      if (!response.write(chunk)) await Promise.race([new Promise((resolve) => (goOn = resolve)), closed])
    }
  })
  const get = createGetJson({ host: door.url, timeoutMs: 5_000 })
  expect(await get('/')).toEqual({ kind: 'away', detail: `an answer of more than ${MAX_ANSWER_BYTES} bytes` })
  expect(sent).toBeLessThan(20 * MAX_ANSWER_BYTES)
})

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
])(
  'an answer that a gateway compresses with %s is read, and never decoded to more than one may have',
  async (coding, compress) => {
    const bodies = [compress('{"schema":"\\"string\\""}'), compress(Buffer.alloc(2 * MAX_ANSWER_BYTES, 0x20))]
    await using door = await openDoor((request, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(bodies[Number(request.url?.slice(1))])
    })
    const get = createGetJson({ host: door.url, timeoutMs: 5_000 })
    expect(await get('/0')).toEqual({ kind: 'answer', status: 200, body: { schema: '"string"' } })
    expect(await get('/1')).toMatchObject({ kind: 'away', detail: expect.stringContaining('larger than') as string })
  },
)

test('an answer in a coding that is not known is told as that', async () => {
  await using door = await openDoor((_, response) => {
    response.writeHead(200, { 'content-encoding': 'zstd' }).end('?')
  })
  const get = createGetJson({ host: door.url, timeoutMs: 5_000 })
  expect(await get('/')).toEqual({ kind: 'away', detail: 'an answer in content-encoding zstd' })
})

test('(I8) an answer that comes byte by byte ends at the deadline', async () => {
  await using door = await openDoor((_, response) => {
    response.writeHead(200)
    const drip = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(drip))
  })
  const get = createGetJson({ host: door.url, timeoutMs: 200 })
  expect(await get('/')).toEqual({ kind: 'away', detail: 'no answer within 200 ms' })
})

test('a redirect is not followed', async () => {
  await using door = await openDoor((_, response) => void response.writeHead(302, { location: '/elsewhere' }).end())
  const get = createGetJson({ host: door.url, timeoutMs: 1_000 })
  expect(await findSchema(get, 7)).toMatchObject({ kind: 'away', detail: expect.stringContaining('302') as string })
  expect(door.requests).toEqual(['GET /schemas/ids/7'])
})

test('connections are kept: a hundred questions, a few at a time, need no more sockets than that', async () => {
  const ports = new Set<number | undefined>()
  await using door = await openDoor((request, response) => {
    ports.add(request.socket.remotePort)
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Schema not found"}')
  })
  const get = createGetJson({ host: door.url, timeoutMs: 5_000 })
  const ask = async () => {
    for (let i = 0; i < 25; i++) expect(await findSchema(get, i + 1)).toEqual({ kind: 'unknown' })
  }
  await Promise.all([ask(), ask(), ask(), ask()])
  expect(ports.size).toBeLessThanOrEqual(4)
})
