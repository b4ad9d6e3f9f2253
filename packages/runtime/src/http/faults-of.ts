import type { z } from 'zod'
import { jsonPointer } from './problem.ts'
import type { Fault } from './problem.ts'

/** How many faults an answer lists: more would make it larger than the request. */
export const MOST_FAULTS = 100

/**
 * Every fault that zod found, each with a JSON pointer to the exact value. A key that should not be there is pointed at
 * itself, not at its object; of a union's alternatives those are reported that came furthest.
 */
export function faultsOf(issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[] = []): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const at = [...path, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ pointer: jsonPointer([...at, key]), detail: 'Unknown member' }))
    }
    if (issue.code === 'invalid_key') {
      return issue.issues.map(({ message }) => ({ pointer: jsonPointer(at), detail: `Bad name: ${message}` }))
    }
    if (issue.code === 'invalid_union') return faultsOfUnion(issue, at)
    if (issue.code === 'invalid_type' && issue.message.endsWith(', received undefined')) {
      return [
        {
          pointer: jsonPointer(at),
          detail: issue.message.replace('Invalid input: ', 'Missing: ').replace(', received undefined', ''),
        },
      ]
    }
    return [{ pointer: jsonPointer(at), detail: issue.message }]
  })
}

function faultsOfUnion(issue: z.core.$ZodIssueInvalidUnion, at: PropertyKey[]): Fault[] {
  // An alternative whose faults all lie deeper was of the right type: those faults are what the sender wants to hear.
  const meant = issue.errors.find((faults) => faults.length > 0 && faults.every((fault) => fault.path.length > 0))
  if (meant !== undefined) return faultsOf(meant, at)
  const details = new Set(issue.errors.flatMap((faults) => faults.map((fault) => fault.message)))
  return [{ pointer: jsonPointer(at), detail: details.size > 0 ? [...details].join(', or ') : issue.message }]
}
