import { parseInstant } from '@insights/runtime/parse-instant'
import { faultOfSelection, type Selection } from '@insights/pipeline/redrive/select-failures'
import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { ConversationId } from '@insights/schemas/events/scalars'
import { z } from 'zod'
import { instantSchema } from '../parameters/time-window.ts'

/** As many as a filter may name of each. */
const MOST_NAMED = 1_000
/** Half of what the analyzers take at the default cap, so that new conversations do not wait behind it. */
const DEFAULT_RATE = 50

const oneOrMore = <T>(item: z.ZodType<T, T>, what: string) =>
  z
    .union([item, z.array(item).max(MOST_NAMED)], `must be ${what}, or a list of at most ${MOST_NAMED} of them`)
    .default([])
    .transform((given): T[] => [given].flat() as T[])

const instant = z
  .union([z.string(), z.number()])
  .transform((given, context): number => {
    const at = parseInstant(String(given))
    if (at !== null) return at
    const message =
      'must be an ISO 8601 date-time such as 2026-01-02T03:04:05Z (no offset means UTC), or a Unix time in seconds'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .meta(instantSchema)
  .optional()

const Filter = z
  .strictObject({
    class: oneOrMore(FailureClass, `one of ${FailureClass.options.join(', ')}`).describe(
      'Only failures of this class, or of one of these.',
    ),
    problem: oneOrMore(z.string().min(1).max(4_000), 'the type of a problem').describe(
      'Only failures whose problem has this type, or one of these.',
    ),
    since: instant.describe('Only what failed at this time or later.'),
    until: instant.describe('Only what failed before this time.'),
    retryable: z
      .boolean()
      .default(false)
      .describe('true: only failures of records that may succeed later as they are.'),
    conversation_id: oneOrMore(ConversationId, 'the id of a conversation').describe(
      'Only failures of this conversation, or of one of these.',
    ),
    failure_id: oneOrMore(
      z.uuid('must be the failure_id of a failure, which is a UUID'),
      'the failure_id of a failure',
    ).describe('Only this failure, or these; beside conversation_id, those of either.'),
  })
  .transform((filter): Selection => ({
    classes: filter.class,
    problems: filter.problem,
    since: filter.since ?? null,
    until: filter.until ?? null,
    onlyRetryable: filter.retryable,
    conversations: new Set(filter.conversation_id),
    failures: new Set(filter.failure_id.map((id) => id.toLowerCase())),
  }))
  .superRefine((selection, context) => {
    switch (faultOfSelection(selection)) {
      case 'selects everything':
        return context.addIssue({
          code: 'custom',
          message: 'must say which failures: class, problem, since, retryable (true), conversation_id or failure_id',
        })
      case 'empty window':
        return context.addIssue({ code: 'custom', path: ['until'], message: 'must be later than since' })
      case null:
    }
  })

/** The body of `POST /api/v1/redrives`. What it does not know it refuses: a misspelt filter must not select more. */
export const RedriveRequest = z
  .strictObject({
    filter: Filter,
    dry_run: z.boolean().default(false).describe('Say what would be published, and publish nothing.'),
    // Only a stop of its process ends a run, and while it runs no other may.
    rate: z.number().min(0.1).max(999_999).default(DEFAULT_RATE).describe('Records published in a second at most.'),
  })
  .meta({ examples: [{ filter: { class: 'unsafe', since: '2026-11-01T00:00:00Z' }, dry_run: true }] })
export type RedriveRequest = z.infer<typeof RedriveRequest>

/** As the status of a redrive repeats it. */
export const FilterRead = z.object({
  class: z.array(z.string()),
  problem: z.array(z.string()),
  since: z.iso.datetime().nullable(),
  until: z.iso.datetime().nullable(),
  retryable: z.boolean(),
  conversation_id: z.array(z.string()),
  failure_id: z.array(z.string()),
})

export const toFilterRead = (selection: Selection): z.infer<typeof FilterRead> => ({
  class: selection.classes,
  problem: selection.problems,
  since: selection.since === null ? null : new Date(selection.since).toISOString(),
  until: selection.until === null ? null : new Date(selection.until).toISOString(),
  retryable: selection.onlyRetryable,
  conversation_id: [...selection.conversations],
  failure_id: [...selection.failures],
})
