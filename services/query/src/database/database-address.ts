import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

/** A DATABASE_URL that both drivers read alike. */
export interface DatabaseAddress {
  /** Without parameters of TLS; the colons of an IPv6 address are percent-encoded: slonik would keep its brackets. */
  url: string
  ssl: false | ConnectionOptions
}

export class DatabaseUrlError extends Error {
  override name = 'DatabaseUrlError'
}

/**
 * Reads a DATABASE_URL with libpq's words for TLS (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`), of which each driver
 * takes some and means others than libpq. Without `sslmode` there is no TLS. The files that it names are read.
 * @throws DatabaseUrlError, without any of the text
 */
export function readDatabaseUrl(
  text: string,
  readFile = (path: string) => readFileSync(path, 'utf8'),
): DatabaseAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || !/^[^/]*\/\/./.test(text) || isMisread(url))
    refuse(
      'must be a URL such as postgres://user:password@host:5432/database; in the user and the password write % as %25, # as ' +
        '%23, / as %2F, ? as %3F, @ as %40 and : as %3A',
    )
  const parameters = new Map(url.searchParams)
  for (const name of parameters.keys())
    if (!KNOWN.has(name))
      refuse(`has the parameter ${name}, which is not known here; known are ${[...KNOWN].join(', ')}`)
  const ssl = readTls(parameters, readFile)
  for (const name of TLS) url.searchParams.delete(name)
  return { url: url.href.replace(/\[([^\]]+)\]/, (_, address: string) => address.replaceAll(':', '%3A')), ssl }
}

/** A `#`, `/`, `?` or `@` of a password that stands as it is ends the part before, and the rest is read as another. */
function isMisread(url: URL): boolean {
  if (url.hash !== '' || url.pathname.includes('@') || (url.username === '' && url.search.includes('@'))) return true
  return ![url.username, url.password, url.hostname, url.pathname].every(canDecode)
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const TLS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']
/** `host` is the directory of a Unix socket. */
const KNOWN = new Set([...TLS, 'host', 'application_name', 'options'])

/** `no-verify` is pg's own word for libpq's `require` without a certificate. */
const MODES = new Set(['disable', 'require', 'no-verify', 'verify-ca', 'verify-full'])

function readTls(parameters: Map<string, string>, readFile: (path: string) => string): false | ConnectionOptions {
  const mode = parameters.get('sslmode') ?? (parameters.has('sslrootcert') ? 'verify-full' : 'disable')
  if (mode === 'allow' || mode === 'prefer')
    refuse(`has sslmode=${mode}, which would do without TLS when it is refused: say disable, or require or better`)
  if (!MODES.has(mode)) refuse('has an sslmode that libpq does not know: disable, require, verify-ca, verify-full')
  if (mode === 'disable') return false
  const file = (name: string) => {
    const path = parameters.get(name)
    if (path === undefined) return undefined
    try {
      return readFile(path)
    } catch (error) {
      return refuse(`names a file in ${name} that cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  const [cert, key] = [file('sslcert'), file('sslkey')]
  if ((cert === undefined) !== (key === undefined)) refuse('must have both of sslcert and sslkey, or neither')
  const own = cert !== undefined && key !== undefined ? { cert, key } : {}
  // `system` stands for the authorities that everyone trusts: in Node they are those without `ca`.
  const ca = parameters.get('sslrootcert') === 'system' ? undefined : file('sslrootcert')
  if (mode === 'verify-full') return { ...own, ...(ca !== undefined && { ca }), rejectUnauthorized: true }
  if (mode === 'verify-ca' && ca === undefined)
    refuse('has sslmode=verify-ca without a file in sslrootcert: anyone with a bought certificate would pass')
  // libpq: with an authority, `require` is `verify-ca`, and neither asks for a name.
  if (mode !== 'no-verify' && ca !== undefined)
    return { ...own, ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }
  return { ...own, rejectUnauthorized: false }
}

function refuse(why: string): never {
  throw new DatabaseUrlError(why)
}
