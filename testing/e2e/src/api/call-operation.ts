import type { OpenApiDocument } from '@insights/gateway/merge-openapi'
import { operationsOf, schemaFaults, type Operation } from './read-openapi.ts'

export interface Call {
  path?: Record<string, string>
  query?: Record<string, string | string[] | Record<string, string>>
  headers?: Record<string, string>
  body?: object
}
export interface Answered {
  status: number
  headers: Headers
  /** Parsed where it is JSON; of an event stream the first event. */
  body: unknown
  /** In what the answer is not as the document says. */
  faults: string[]
}

/** A client of what the document says and of nothing else. @throws Error for a call that the document does not have */
export function createClient(document: OpenApiDocument, address: string, key: string) {
  const operations = new Map(operationsOf(document).map((operation) => [operation.operationId ?? '', operation]))
  return async (operationId: string, call: Call = {}): Promise<Answered> => {
    const operation = operations.get(operationId)
    if (operation === undefined) throw new Error(`the document has no operation ${operationId}`)
    const stop = new AbortController()
    const response = await fetch(address + toUrl(operation, call), {
      method: operation.method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(call.body && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
      signal: stop.signal,
    })
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const text = type === 'text/event-stream' ? await firstEvent(response) : await response.text()
    stop.abort()
    const body: unknown = /[/+]json$/.test(type) ? JSON.parse(text) : text
    const answer = { status: response.status, headers: response.headers, body }
    return { ...answer, faults: faultsIn(document, operation, { ...answer, type }) }
  }
}

function toUrl({ name, path, parameters = [] }: Operation, call: Call): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, part: string) => {
    const value = call.path?.[part]
    if (value === undefined) throw new Error(`${name} needs ${part}`)
    return encodeURIComponent(value)
  })
  const pairs = Object.entries(call.query ?? {}).flatMap(([parameter, value]) => {
    if (!parameters.some((one) => one.in === 'query' && one.name === parameter))
      throw new Error(`${name} has no parameter ${parameter}`)
    // `form` and `explode`: an array is the name several times, an object its members.
    if (Array.isArray(value)) return value.map((one) => [parameter, one])
    return typeof value === 'object' ? Object.entries(value) : [[parameter, value]]
  })
  return filled + (pairs.length === 0 ? '' : `?${new URLSearchParams(pairs as [string, string][])}`)
}

function faultsIn(
  document: OpenApiDocument,
  { responses }: Operation,
  { status, type, headers, body }: { status: number; type: string; headers: Headers; body: unknown },
): string[] {
  const described = responses[status]
  if (described === undefined) return [`${status} is not described`]
  const missing = Object.entries(described.headers ?? {}).flatMap(([name, header]) => {
    const { required } = resolve(document, header)
    return required && !headers.has(name) ? [`the header ${name} is missing`] : []
  })
  if (described.content === undefined) return body === '' ? missing : [...missing, 'a body is not described']
  const media = described.content[type]
  if (media === undefined) return [...missing, `${type} is not described`]
  return [...missing, ...schemaFaults(document, media.schema ?? {}, body)]
}

function resolve(document: OpenApiDocument, header: { $ref?: string; required?: boolean }): { required?: boolean } {
  const name = header.$ref?.split('/').at(-1)
  return name === undefined ? header : (document.components?.['headers']?.[name] as { required?: boolean })
}

/** The lines up to the first empty one. */
async function firstEvent(response: Response): Promise<string> {
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('\n\n')) break
  }
  return text
}
