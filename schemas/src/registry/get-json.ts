import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

/** `status` and the body as JSON, null when it is none; or why there is no answer. */
export type Got = { kind: 'answer'; status: number; body: unknown } | { kind: 'away'; detail: string }

/** A schema may have 256 KiB; more is no answer of a registry. */
export const MAX_ANSWER_BYTES = 1024 * 1024

const MAX_SOCKETS = 16

/**
 * Reads from the registry. Never rejects for reasons of the registry or the network. Connections are kept, because a
 * flood of schema ids that no one has registered costs a question each; redirects are not followed; the answer's size
 * is bounded and its last byte has a deadline.
 */
export function createGetJson({
  host,
  auth,
  timeoutMs,
}: {
  host: string
  auth?: { username: string; password: string }
  timeoutMs: number
}): (path: string) => Promise<Got> {
  const isHttps = new URL(host).protocol === 'https:'
  const request = isHttps ? requestHttps : requestHttp
  // Idle connections are closed after four seconds: less than servers wait, so that none is used while it is being
  // closed.
  const kept = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: 4_000 }
  const agent = isHttps ? new HttpsAgent(kept) : new HttpAgent(kept)
  const headers = {
    accept: 'application/vnd.schemaregistry.v1+json, application/json',
    'accept-encoding': 'identity',
  }

  async function get(path: string, signal: AbortSignal): Promise<Got> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const options = { agent, headers, signal, ...(auth && { auth: `${auth.username}:${auth.password}` }) }
    request(`${host}${path}`, options, resolve).on('error', reject).end()
    const response = await promise
    const bytes = await readBytes(response)
    if (bytes === null) return { kind: 'away', detail: `an answer of more than ${MAX_ANSWER_BYTES} bytes` }
    const coding = response.headers['content-encoding'] ?? 'identity'
    const decoder = DECODERS.get(coding.toLowerCase())
    if (decoder === undefined) return { kind: 'away', detail: `an answer in content-encoding ${coding.slice(0, 40)}` }
    return { kind: 'answer', status: response.statusCode ?? 0, body: parseJson((await decoder(bytes)).toString()) }
  }

  return async (path) => {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      return await get(path, signal)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { kind: 'away', detail: signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error) }
    }
  }
}

/** Null when it is too long; the rest is not read then. */
async function readBytes(response: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return null // leaving the loop destroys the response and its socket
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** We ask for `identity`, but some gateways always compress. Decoded, an answer may be as long as one that is not. */
const bounded = { maxOutputLength: MAX_ANSWER_BYTES }
const DECODERS = new Map<string, (bytes: Buffer) => Buffer | Promise<Buffer>>([
  ['identity', (bytes) => bytes],
  ['gzip', (bytes) => promisify(gunzip)(bytes, bounded)],
  ['deflate', (bytes) => promisify(inflate)(bytes, bounded)],
  ['br', (bytes) => promisify(brotliDecompress)(bytes, bounded)],
])

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** An AggregateError (several addresses were tried) has no message of its own. */
function messageOf(error: Error): string {
  return error.message || String((error as { code?: unknown }).code ?? error.name)
}
