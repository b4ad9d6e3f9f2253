import { Readable } from 'node:stream'

const chunk = Buffer.alloc(64 * 1024, ' ')
const contentKey = '"content":"'

/** A completion's body in pieces, with `padBytes` spaces, or up to 64 KiB more, at the beginning of its content. */
export function padBody(body: string, padBytes: number): Readable {
  return Readable.from(piecesOf(body, padBytes), { objectMode: false })
}

function* piecesOf(body: string, padBytes: number): Generator<Buffer> {
  const start = body.indexOf(contentKey) + contentKey.length
  yield Buffer.from(body.slice(0, start))
  for (let sent = 0; sent < padBytes; sent += chunk.length) yield chunk
  yield Buffer.from(body.slice(start))
}
