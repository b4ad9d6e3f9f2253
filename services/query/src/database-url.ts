import { z } from 'zod'

/** Checked at start, so that no query meets an address that cannot be read. What is wrong is told without the value. */
export const DatabaseUrl = z.string().superRefine((url, context) => {
  const fault = faultOf(url)
  if (fault !== null) context.addIssue(fault)
})

/** A `#`, `/`, `?` or `@` of a password that stands as it is ends the part before, and the rest is read as another. */
function faultOf(url: string): string | null {
  if (!/^postgres(?:ql)?:\/\/./.test(url)) return 'must be a URL such as postgres://user:password@host:5432/database'
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hash !== '' || parsed.pathname.includes('@')) return UNREADABLE
  if (parsed.username === '' && parsed.search.includes('@')) return UNREADABLE
  const isDecodable = [parsed.username, parsed.password, parsed.hostname, parsed.pathname].every(canDecode)
  return isDecodable ? null : UNREADABLE
}

const UNREADABLE =
  'cannot be read as a URL: in the user and the password write % as %25, # as %23, / as %2F, ? as %3F, @ as %40 and : as %3A'

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
