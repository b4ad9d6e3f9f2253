import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { ConversationId } from '@insights/schemas/events/scalars'
import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import { CommandFault } from '../describe-fault.ts'
import { DEFAULT_RATE, rateOption } from '../rate-option.ts'
import { timeOption } from '../read-time.ts'
import { faultOfSelection, type Selection } from '@insights/pipeline/redrive/select-failures'

export interface RedriveOptions {
  class?: FailureClass[]
  problem?: string[]
  /** Epoch milliseconds, as `until`. */
  since?: number
  until?: number
  retryable?: boolean
  /** Conversations. */
  id?: string[]
  failure?: string[]
  rate: number
  dryRun?: boolean
}

export const addRedriveOptions = (command: Command): Command =>
  command
    .summary(command.description())
    .description(
      'Publishes the original records of failures again, oldest first, to the topic that they came from. An original ' +
        'keeps its age: it takes the place of no newer submission. Passed over, and counted, are those whose ' +
        'conversation has a newer submission, was erased or was answered since.',
    )
    .option('--class <class>', `only failures of this class, may be repeated: ${CLASSES}`, addClass)
    .option('--problem <type>', 'only failures whose problem has this type, may be repeated', addProblem)
    .option('--since <time>', 'only failures since this time: 2026-01-31T12:00:00Z, or 90m, 2h, 7d ago', timeOption)
    .option('--until <time>', 'only failures before this time', timeOption)
    .option('--retryable', 'only failures that the same bytes may not meet again')
    .option('--id <conversation_id>', 'only failures of this conversation, may be repeated', addConversation)
    .option('--failure <failure_id>', 'only this failure, may be repeated, also beside --id', addFailure)
    .option('--rate <per second>', 'records published in a second at most', rateOption, DEFAULT_RATE)
    .option('--dry-run', 'say what would be published, and publish nothing')

const CLASSES = FailureClass.options.join(', ')

function addClass(text: string, before: FailureClass[] = []): FailureClass[] {
  const parsed = FailureClass.safeParse(text)
  if (!parsed.success) throw new InvalidArgumentError(`The classes are ${CLASSES}.`)
  return [...before, parsed.data]
}

const addProblem = (text: string, before: string[] = []): string[] => [...before, text]

function addConversation(text: string, before: string[] = []): string[] {
  if (!ConversationId.safeParse(text).success)
    throw new InvalidArgumentError('An id has 1 to 200 characters and no control characters.')
  return [...before, text]
}

function addFailure(text: string, before: string[] = []): string[] {
  const parsed = z.uuid().safeParse(text.toLowerCase())
  if (!parsed.success) throw new InvalidArgumentError('Give the failure_id of a failure, which is a UUID.')
  return [...before, parsed.data]
}

/** @throws CommandFault when the options leave open what is meant */
export function toSelection(options: Omit<RedriveOptions, 'rate' | 'dryRun'>): Selection {
  const {
    class: classes = [],
    problem: problems = [],
    since,
    until,
    retryable = false,
    id = [],
    failure = [],
  } = options
  const selection: Selection = {
    classes,
    problems,
    since: since ?? null,
    until: until ?? null,
    onlyRetryable: retryable,
    conversations: new Set(id),
    failures: new Set(failure),
  }
  switch (faultOfSelection(selection)) {
    case 'selects everything':
      throw new CommandFault('say which failures: --class, --since, --retryable, --problem, --id or --failure', 2)
    case 'empty window':
      throw new CommandFault('--until must be later than --since: no failure is between them', 2)
    case null:
      return selection
  }
}
