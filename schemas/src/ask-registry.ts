import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'

type Client = InstanceType<typeof SchemaRegistry>
type Middleware = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>[number]

/** How one question ended; `answer` is the body of the last successful response. */
type Outcome<T> = { ok: true; value: T } | { ok: false; error: Error & { status?: number }; answer: unknown }

/** Asks the registry one question; never rejects for reasons of the registry or the network. */
type Ask = <T>(question: (client: Client) => Promise<T>) => Promise<Outcome<T>>

/**
 * The registry's kafkajs client with its sharp edges taken off. Each question has a client of its own, because the client
 * joins concurrent questions for one id, and a connection that breaks in the middle of a body leaves that joint promise
 * pending for ever; it has a deadline, because the client has none; and it is asked once, because the caller knows better
 * when to ask again.
 */
export function createAsk(options: {
  host: string
  auth?: { username: string; password: string }
  timeoutMs: number
}): Ask {
  const { host, auth, timeoutMs } = options
  // Questions are rare and far apart: a kept connection would mostly be one that the other side has closed.
  const agent = new URL(host).protocol === 'https:' ? new HttpsAgent() : new HttpAgent()

  return async (question) => {
    const abort = new AbortController()
    let answer: unknown
    const observe: Middleware = () => ({
      prepareRequest: async (next) => (await next()).enhance({ signal: abort.signal }),
      response: async (next) => {
        const response = await next()
        answer = response.data()
        return response
      },
    })
    const client = new SchemaRegistry({
      host,
      agent,
      clientId: 'conversation-insights',
      retry: { retries: 0 }, // the client keeps this in a module global: it holds for the whole process
      middlewares: [observe],
      ...(auth && { auth }),
    })
    try {
      return { ok: true, value: await withDeadline(question(client), abort, timeoutMs) }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { ok: false, error, answer }
    }
  }
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
