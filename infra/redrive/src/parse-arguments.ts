import { parseArgs } from 'node:util'
import { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { Selection } from './select-failures.ts'

export interface Arguments extends Selection {
  dryRun: boolean
}

export const USAGE = `npm run redrive -- [--class C]... [--since T] [--until T] [--retryable] [--dry-run]

Publishes the original records of failures again, byte for byte, to the topic that they came from.

  --class C      only failures of this class, may be repeated: ${FailureClass.options.join(', ')}
  --since T      only failures since this time (ISO 8601)
  --until T      only failures before this time
  --retryable    only failures that the same bytes may not meet again
  --dry-run      says what would be published, and publishes nothing`

/** Reads the command line. A text is what to print instead of working: the usage, or what is wrong with it. */
export function parseArguments(
  argv: string[],
): { ok: true; arguments: Arguments } | { ok: false; text: string; exitCode: 0 | 2 } {
  const fault = (text: string) => ({ ok: false, text: `${text}\n\n${USAGE}`, exitCode: 2 }) as const
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        class: { type: 'string', multiple: true, default: [] },
        since: { type: 'string' },
        until: { type: 'string' },
        retryable: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { ok: false, text: USAGE, exitCode: 0 }
    const classes = FailureClass.array().safeParse(values.class)
    if (!classes.success) return fault(`--class: ${values.class.join(', ')} is not a list of failure classes`)
    const [since, until] = [toInstant(values.since), toInstant(values.until)]
    if (Number.isNaN(since)) return fault(`--since: ${values.since} is not a time`)
    if (Number.isNaN(until)) return fault(`--until: ${values.until} is not a time`)
    // Everything at once is rarely meant, and costs a call to Grok for ten of them.
    if (classes.data.length === 0 && since === null && !values.retryable)
      return fault('say which failures: --class, --since or --retryable')
    return {
      ok: true,
      arguments: { classes: classes.data, since, until, onlyRetryable: values.retryable, dryRun: values['dry-run'] },
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return fault(error.message)
  }
}

/** Epoch milliseconds; null when not given, NaN when unreadable. */
const toInstant = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text))
