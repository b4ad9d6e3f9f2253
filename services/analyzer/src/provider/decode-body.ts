import { promisify } from 'node:util'
import { brotliDecompress, constants, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'

/**
 * The text of a body that came with this `Content-Encoding` (RFC 9110, 8.4). We ask for `identity`, but some gateways
 * always compress. At most `maxBytes` are decoded, on another thread. What cannot be decoded becomes a sentence that
 * says so, in place of binary garbage: it is no JSON, and its words are no provider's.
 */
export async function decodeBody(body: Buffer, encoding: string | null, maxBytes: number): Promise<string> {
  const codings = codingsOf(encoding)
  if (codings.length === 0) return isGzip(body) ? decode(body, ['gzip'], maxBytes) : body.toString()
  return decode(body, codings, maxBytes)
}

async function decode(body: Buffer, codings: readonly string[], maxBytes: number): Promise<string> {
  const named = codings.join(', ').slice(0, NAMED_MAX)
  if (codings.length > CODINGS_MAX) return undecodable(named, `more than ${CODINGS_MAX} codings`)
  let bytes = body
  // The last one was applied last.
  for (const coding of codings.toReversed()) {
    const decoder = DECODERS.get(coding)
    if (decoder === undefined) return undecodable(named, 'which is not known here')
    try {
      bytes = await decoder(bytes, maxBytes)
    } catch (error) {
      // Some proxies decode a body and leave its header as it was.
      if (codings.length === 1 && looksLikeText(body)) return body.toString()
      return undecodable(named, whyNot(error, maxBytes))
    }
  }
  return bytes.toString()
}

/** In the order in which they were applied; `identity` is none. */
function codingsOf(encoding: string | null): string[] {
  const names = (encoding ?? '').toLowerCase().split(',')
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
}

const undecodable = (codings: string, why: string): string =>
  `(the body cannot be read: its content-encoding is ${JSON.stringify(codings)}, ${why})`

function whyNot(error: unknown, maxBytes: number): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_BUFFER_TOO_LARGE' ? `and decoded it is longer than ${maxBytes} bytes` : `but: ${message}`
}

const isGzip = (body: Buffer): boolean => body[0] === 0x1f && body[1] === 0x8b

const looksLikeText = (body: Buffer): boolean => /^\s*[{[<]/.test(body.subarray(0, 100).toString('latin1'))

type Decoder = (bytes: Buffer, maxOutputLength: number) => Promise<Buffer>
const unzip: Decoder = (bytes, maxOutputLength) => promisify(gunzip)(bytes, { maxOutputLength })
const DECODERS = new Map<string, Decoder>([
  ['gzip', unzip],
  ['x-gzip', unzip],
  // With the header of zlib, as the standard says, or without it, as some servers send it.
  [
    'deflate',
    (bytes, maxOutputLength) =>
      promisify(((bytes[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(bytes, { maxOutputLength }),
  ],
  ['br', (bytes, maxOutputLength) => promisify(brotliDecompress)(bytes, { maxOutputLength })],
  [
    'zstd',
    (bytes, maxOutputLength) =>
      promisify(zstdDecompress)(bytes, {
        maxOutputLength,
        params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
      }),
  ],
])

/** 8 MiB of memory, the most that a sender may count on (RFC 8878, 3.1.1.1.2). */
const WINDOW_LOG_MAX = 23
const CODINGS_MAX = 3
const NAMED_MAX = 60
