/** An error as a log line holds it. */
export interface SerializedError {
  type: string
  message: string
  stack?: string | undefined
  cause?: SerializedError | string | undefined
  aggregateErrors?: (SerializedError | string)[] | undefined
  [field: string]: unknown
}

/**
 * Type, message, stack, causes, members of an AggregateError, and of the other fields those that say what failed and
 * where. Libraries also attach what they were given, and that may hold a password or what people wrote: the address
 * that cannot be parsed (`input`), the statement and its values, the row (`detail`), the headers of a request.
 */
export function serializeError(error: unknown, depth = 0): SerializedError | string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `not an error: ${typeof error}`
  if (depth === DEEPEST) return error.message
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : undefined
  return {
    type: error.constructor.name || error.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(FIELDS.flatMap((name) => field(error, name))),
    cause: error.cause === undefined ? undefined : serializeError(error.cause, depth + 1),
    aggregateErrors: inner?.slice(0, MOST_MEMBERS).map((member) => serializeError(member, depth + 1)),
  }
}

const DEEPEST = 5
const MOST_MEMBERS = 20

/** Of Node, Kafka, Postgres and HTTP; none of them holds a value that a client gave. */
const FIELDS =
  'code errno syscall address port hostname status statusCode severity schema table column constraint broker retriable attempt'.split(
    ' ',
  )

function field(error: Error, name: string): [string, unknown][] {
  const value: unknown = (error as unknown as Record<string, unknown>)[name]
  return ['string', 'number', 'boolean'].includes(typeof value) ? [[name, value]] : []
}

const MASK = '[secret]'

/**
 * A text without what looks like a secret, wherever a message or a stack repeats it: the user information of an
 * address, what follows `Bearer` in the same string, a key of xAI or OpenAI, a parameter that is named like one. JSON
 * stays JSON. `user:password` is what our own messages say of how an address is written.
 */
export const maskSecrets = (text: string): string =>
  text
    .replace(/:\/\/(?!user:password@)[^\s"\\/@]{1,1000}@/g, `://${MASK}@`)
    .replace(/\b(Bearer|bearer|Basic) +(?:[^"\\]|\\[^"])+/g, `$1 ${MASK}`)
    .replace(/\b(?:xai|sk)-[\w-]{8,}/g, MASK)
    .replace(/([?&;][\w.-]{0,40}(?:key|token|secret|passw|auth)[\w.-]{0,40}=)[^\s"\\&]+/gi, `$1${MASK}`)
