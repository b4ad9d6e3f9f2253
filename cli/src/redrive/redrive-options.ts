import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { InvalidArgumentError, type Command } from 'commander'
import { CommandFault } from '../describe-fault.ts'
import { timeOption } from '../read-time.ts'
import type { Selection } from './select-failures.ts'

export interface RedriveOptions {
  class?: FailureClass[]
  /** Epoch milliseconds, as `until`. */
  since?: number
  until?: number
  retryable?: boolean
  dryRun?: boolean
}

export const addRedriveOptions = (command: Command): Command =>
  command
    .summary(command.description())
    .description('Publishes the original records of failures again, byte for byte, to the topic that they came from.')
    .option('--class <class>', `only failures of this class, may be repeated: ${CLASSES}`, addClass)
    .option('--since <time>', 'only failures since this time: 2026-01-31T12:00:00Z, or 90m, 2h, 7d ago', timeOption)
    .option('--until <time>', 'only failures before this time', timeOption)
    .option('--retryable', 'only failures that the same bytes may not meet again')
    .option('--dry-run', 'say what would be published, and publish nothing')

const CLASSES = FailureClass.options.join(', ')

function addClass(text: string, before: FailureClass[] = []): FailureClass[] {
  const parsed = FailureClass.safeParse(text)
  if (!parsed.success) throw new InvalidArgumentError(`The classes are ${CLASSES}.`)
  return [...before, parsed.data]
}

/** @throws CommandFault when the options leave open what is meant */
export function toSelection({ class: classes = [], since, until, retryable = false }: RedriveOptions): Selection {
  // Everything at once is rarely meant, and costs a call to Grok for ten of them.
  if (classes.length === 0 && since === undefined && !retryable)
    throw new CommandFault('say which failures: --class, --since or --retryable', 2)
  if (since !== undefined && until !== undefined && until <= since)
    throw new CommandFault('--until must be later than --since: no failure is between them', 2)
  return { classes, since: since ?? null, until: until ?? null, onlyRetryable: retryable }
}
