import type { z } from 'zod'

const MAX_FAULTS = 20

/**
 * zod's issues as `JSON pointer: what is wrong`, separated by `; `. At most 20 are listed, the rest is counted; where
 * not all was looked at, the count would be wrong, and there are just more.
 */
export function describeFaults({
  issues,
  isComplete = true,
}: {
  issues: readonly z.core.$ZodIssue[]
  isComplete?: boolean
}): string {
  const listed = issues.slice(0, MAX_FAULTS).map((issue) => `${toPointer(issue.path)}: ${issue.message}`)
  if (!isComplete) listed.push('and more')
  else if (issues.length > MAX_FAULTS) listed.push(`and ${issues.length - MAX_FAULTS} more`)
  return listed.join('; ')
}

/** RFC 6901. */
function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
