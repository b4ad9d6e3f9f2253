/** Node's names for a server that cannot be reached (or not yet: an unresolved name, a container that starts). */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** OpenSSL's and Node's names for a handshake that fails: most often a certificate that is not accepted. */
const tlsCodes = /^(?:ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(?:GET|VERIFY)_)/

/**
 * SQLSTATEs of a server that cannot serve us now, though the same statement may succeed later. By class: connection
 * exceptions, refused credentials (a password being rotated), rollbacks (deadlock, serialization), out of resources. By
 * code: the database is not there yet or closed for maintenance, a lock or statement timeout, an idle transaction that
 * was ended, a standby during a failover, a shutdown, a right that the role lacks until it is given.
 */
const classes = new Set(['08', '28', '40', '53'])
const states = new Set([
  '3D000',
  '25006',
  '25P03',
  '42501',
  '55000',
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
])

/** pg's own errors carry no code. */
const messages = [
  'Connection terminated',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
]

/** Why Postgres cannot be used at the moment, in one line; null when it is another error (to crash on). */
export function postgresAway(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if (error instanceof AggregateError && error.errors.length > 0) return postgresAway(error.errors[0])
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const away =
    networkCodes.has(code) ||
    refusesTls(error) ||
    states.has(code) ||
    (code.length === 5 && classes.has(code.slice(0, 2))) ||
    messages.some((message) => error.message.includes(message))
  if (away) return code === '' ? error.message : `${error.message} (${code})`
  return error.cause === undefined ? null : postgresAway(error.cause)
}

/** Whether the server has no TLS, or one that we do not take: a certificate may be renewed, so it counts as away. */
export const refusesTls = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && tlsCodes.test(String(error.code))) ||
    /^The server does not support SSL|establishing an SSL connection/.test(error.message))
