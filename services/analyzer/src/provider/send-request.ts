import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { decodeBody } from './decode-body.ts'

export interface Gate {
  /** Asked in the same turn of the event loop in which the request is written to its connection. */
  mayLeave: () => boolean
  /** It is being written now. */
  onLeave: () => void
}

export interface Answer {
  status: number
  headers: Headers
  /** All of it, decoded, or as much as the limit let through. */
  text: string
}

/**
 * One request on one connection, its answer read to the end, or to `maxBytes` and cut there. Redirects come back as the
 * 3xx they are. The gate is at the last moment there is: undici asks it when the connection is set up and checked, and
 * then writes head and body in the same go (a body that is a stream, like that of its `fetch`, would come later). When
 * it is closed, nothing is written, the connection stays usable, and this rejects.
 */
export function sendRequest(
  dispatcher: Dispatcher,
  request: { url: URL; method: string; headers: Headers; body: string; signal: AbortSignal; maxBytes: number },
  { mayLeave, onLeave }: Gate,
): Promise<Answer> {
  const { url, method, headers, body, signal, maxBytes } = request
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const chunks: Buffer[] = []
  let size = 0
  let head: { status: number; headers: IncomingHttpHeaders } = { status: 0, headers: {} }
  let running: Dispatcher.DispatchController | undefined

  const giveUp = () => {
    reject(signal.reason)
    running?.abort(signal.reason)
  }
  const finish = () => resolve(toAnswer(head, Buffer.concat(chunks), maxBytes))
  if (signal.aborted) return Promise.reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })

  dispatcher.dispatch(
    {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...Object.fromEntries(headers), 'accept-encoding': 'identity' },
      body,
    },
    {
      // What is thrown here fails the request before any of it is written.
      onRequestStart: (controller) => {
        if (signal.aborted) throw signal.reason
        if (!mayLeave()) throw new Error('the gate was closed')
        running = controller
        onLeave()
      },
      onResponseStart: (_controller, status, headers) => void (head = { status, headers }),
      onResponseData: (controller, chunk) => {
        chunks.push(chunk)
        size += chunk.length
        if (size <= maxBytes) return
        finish()
        controller.abort(new Error(`the answer is longer than ${maxBytes} bytes`))
      },
      onResponseEnd: finish,
      onResponseError: (_controller, error) => reject(error),
    },
  )
  return promise.finally(() => signal.removeEventListener('abort', giveUp))
}

async function toAnswer(
  { status, headers }: { status: number; headers: IncomingHttpHeaders },
  body: Buffer,
  maxBytes: number,
): Promise<Answer> {
  const copied = new Headers()
  for (const [name, values] of Object.entries(headers))
    for (const value of [values ?? []].flat()) copied.append(name, value)
  const text = await decodeBody(body, copied.get('content-encoding'), maxBytes)
  copied.delete('content-encoding')
  return { status, headers: copied, text }
}
