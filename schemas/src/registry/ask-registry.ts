import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { MAX_ANSWER_BYTES } from './get-json.ts'

type Client = InstanceType<typeof SchemaRegistry>
type Middleware = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>[number]

/** How one question ended. */
type Outcome<T> = { ok: true; value: T } | { ok: false; error: Error & { status?: number } }

/** Asks the registry one question; never rejects for reasons of the registry or the network. */
type Ask = <T>(question: (client: Client) => Promise<T>) => Promise<Outcome<T>>

/**
 * The registry's kafkajs client with its sharp edges taken off. Each question has a client of its own, because the
 * client joins concurrent questions for one id, and a connection that breaks in the middle of a body leaves that joint
 * promise pending for ever; it has a deadline, because the client has none; and it is asked once, because the caller
 * knows better when to ask again.
 */
export function createAsk(options: {
  host: string
  auth?: { username: string; password: string }
  timeoutMs: number
}): Ask {
  const { host, auth, timeoutMs } = options
  // Questions are rare and far apart: a kept connection would mostly be one that the other side has closed.
  const agent = boundAnswers(new URL(host).protocol === 'https:' ? new HttpsAgent() : new HttpAgent())

  return async (question) => {
    const abort = new AbortController()
    const abortable: Middleware = () => ({
      prepareRequest: async (next) => (await next()).enhance({ signal: abort.signal }),
    })
    const client = new SchemaRegistry({
      host,
      agent,
      clientId: 'conversation-insights',
      retry: { retries: 0 }, // the client keeps this in a module global: it holds for the whole process
      middlewares: [abortable],
      ...(auth && { auth }),
    })
    try {
      return { ok: true, value: await withDeadline(question(client), abort, timeoutMs) }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { ok: false, error }
    }
  }
}

/**
 * The client puts a whole answer together, however long. Each has a connection of its own, so its bytes are the
 * answer's.
 */
function boundAnswers(agent: HttpAgent): HttpAgent {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (...options) => {
    const socket = connect(...options)
    let bytes = 0
    socket?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) socket.destroy(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`))
    })
    return socket
  }
  return agent
}

/** Rejects at the deadline even when the client never settles; the abort closes the socket. */
async function withDeadline<T>(work: Promise<T>, abort: AbortController, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { status: 408 }))
      abort.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
