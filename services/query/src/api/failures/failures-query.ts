import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { ConversationId, NO_CONTROL_CHARACTERS } from '@insights/schemas/events/scalars'
import type { z } from 'zod'
import { checkCursor, cursorParameter, type Position } from '../parameters/cursor.ts'
import { parametersOf } from '../parameters/parameters-of.ts'
import { booleanParameter, limitParameter, parameter, wordParameter } from '../parameters/query-parameter.ts'
import { endIsLater, windowParameters } from '../parameters/time-window.ts'
import { isPlace } from './place-of-failure.ts'
import { PROBLEM_BYTES, type FailureSelection } from './failure-selection.ts'

const classes = FailureClass.options

/** The id of a conversation as a query parameter. */
export const conversationParameter = (description: string) =>
  parameter((text) => ConversationId.safeParse(text).data ?? null, 'must be the id of a conversation')
    .optional()
    .meta({ type: 'string', minLength: 1, maxLength: 200, pattern: NO_CONTROL_CHARACTERS.source, description })

/** What selects failures, the same for their list and their groups. */
const filterParameters = {
  start_time: windowParameters.start_time.optional().describe('Only what failed at this time or later.'),
  end_time: windowParameters.end_time
    .optional()
    .describe('Only what failed at this time or before; written like start_time, and later where both are given.'),
  class: wordParameter(classes)
    .optional()
    .meta({ enum: [...classes], description: 'Only failures of this class.' }),
  problem: parameter(parseProblem, `must be the type of a problem, of at most ${PROBLEM_BYTES} bytes`)
    .optional()
    .meta({
      minLength: 1,
      maxLength: PROBLEM_BYTES,
      pattern: String.raw`^[^\x00]+$`,
      description: 'Only failures whose problem has this type, as in `problem.type`.',
      examples: ['urn:conversation-insights:problem:invalid'],
    }),
  retryable: booleanParameter().optional().meta({
    type: 'boolean',
    description: 'Only failures of records that may succeed later as they are (true), or that will not (false).',
  }),
  conversation_id: conversationParameter('Only failures of this conversation.'),
}
type Fields = z.infer<z.ZodObject<typeof filterParameters>>

/** Its fields have a fixed order, for the fingerprint of a cursor. */
const toSelection = (fields: Fields): FailureSelection => ({
  start: fields.start_time ?? null,
  end: fields.end_time ?? null,
  class: fields.class ?? null,
  problem: fields.problem ?? null,
  retryable: fields.retryable ?? null,
  conversation: fields.conversation_id ?? null,
})

/** The query string of `GET /api/v1/failures`. */
export const ListFailuresQuery = parametersOf({
  ...filterParameters,
  limit: limitParameter({ most: 1000, byDefault: 100, of: 'failures' }),
  cursor: cursorParameter,
})
  .superRefine(...endIsLater)
  .superRefine((query, context) => checkCursor(query.cursor, toSelection(query), context))
  .superRefine(({ cursor }, context) => {
    if (cursor === undefined || isPlace(cursor.position)) return
    context.addIssue({ code: 'custom', path: ['cursor'], message: 'is not a cursor of this address' })
  })
  .transform((query): { selection: FailureSelection; limit: number; after: Position | null } => {
    return { selection: toSelection(query), limit: query.limit, after: query.cursor?.position ?? null }
  })

/** The query string of `GET /api/v1/failures/groups`. */
export const ListFailureGroupsQuery = parametersOf({
  ...filterParameters,
  limit: limitParameter({ most: 1000, byDefault: 100, of: 'groups' }),
})
  .superRefine(...endIsLater)
  .transform((query) => ({ selection: toSelection(query), limit: query.limit }))

function parseProblem(text: string): string | null {
  return text === '' || text.includes('\0') || Buffer.byteLength(text) > PROBLEM_BYTES ? null : text
}
