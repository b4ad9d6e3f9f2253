import type { HttpServer } from '@insights/runtime/http/http-server'
import { describeProblem, problemType, sendProblem } from '@insights/runtime/http/problem'
import { z } from 'zod'
import { parametersOf } from '../parameters/parameters-of.ts'
import { askReaders } from '../reading/ask-readers.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import type { Decoded, DecodeOriginal } from './decode-original.ts'
import { failureExample, originalExample } from './failure-examples.ts'
import { Failure, toFailure } from './failure.ts'
import { conversationParameter } from './failures-query.ts'
import { selectFailure, type WholeFailureRow } from './select-failure.ts'

const base64 = z.string().meta({ contentEncoding: 'base64' })
const WholeFailure = Failure.extend({
  record: z
    .object({ partition: z.int(), offset: z.int(), appended_at: z.iso.datetime() })
    .describe('Where the failure is in `analysis.failed`.'),
  original: z
    .object({
      key: base64.nullable(),
      value: base64.nullable(),
      headers: z.array(z.object({ name: z.string(), value: base64.nullable() })),
      value_reason: z.string().nullable().describe('Why there is no value, in words; null where there is one.'),
      decoded: z
        .record(z.string(), z.unknown())
        .nullable()
        .describe('What the value says: an event of its topic, its times in epoch milliseconds.'),
      decoded_reason: z
        .string()
        .nullable()
        .describe(
          'Why it is not decoded, in words; null where it is. While the schema registry is away that is the reason.',
        ),
    })
    .describe('The record that failed: bytes in base64, as they are published again.'),
  others: z
    .array(z.string().nullable())
    .describe(
      'Further conversations with a failure of this id, mostly none: give one as `conversation_id`. At most 100.',
    ),
})

const Query = parametersOf({
  conversation_id: conversationParameter('Of several failures with this id, that of this conversation.'),
})

/** `GET /api/v1/failures/{failure_id}`: a failure and the record that failed, as bytes and decoded. */
export function getFailure(
  server: HttpServer,
  { decodeOriginal, ...route }: ReadRoute & { decodeOriginal: DecodeOriginal },
): void {
  server.get(
    '/api/v1/failures/:failure_id',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'getFailure',
        summary: 'Get a failure with its record',
        tags: ['failures'],
        description:
          'A failure and the record that failed: its key, value and headers, and what the value says where it can be decoded.',
        params: z.object({ failure_id: z.uuid('must be the failure_id of a failure, which is a UUID') }),
        querystring: Query,
        response: {
          200: WholeFailure.meta({ description: 'The failure', examples: [EXAMPLE] }),
          ...READ_PROBLEMS,
          404: describeProblem('There is no such failure, or no more', NO_FAILURE),
        },
      },
    },
    async ({ params, query }, reply) => {
      const id = params.failure_id.toLowerCase()
      const asked = await askReaders(route.readers, 'cheap', (reader) =>
        selectFailure(reader, { id, conversation: query.conversation_id ?? null }),
      )
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      if (asked.value === null) return refuseUnknown(reply)
      const { row, others } = asked.value
      const value = row.original_value
      const decoded = value === null ? WITHOUT_VALUE : await decodeOriginal(row.origin_topic, value)
      return { ...toWhole(row, decoded), others }
    },
  )
}

const NO_VALUE =
  'the bytes are not kept here: the tables are filled without messages (STORE_MESSAGES is false), the record had no ' +
  'value, or it was too large to be kept, which problem.detail says then'
const WITHOUT_VALUE: Decoded = { decoded: null, reason: 'there is no value' }

function toWhole(row: WholeFailureRow, { decoded, reason }: Decoded): Omit<z.infer<typeof WholeFailure>, 'others'> {
  return {
    ...toFailure(row),
    record: {
      partition: row.record_partition,
      offset: row.record_offset,
      appended_at: new Date(row.record_appended_at).toISOString(),
    },
    original: {
      key: row.original_key?.toString('base64') ?? null,
      value: row.original_value?.toString('base64') ?? null,
      headers: row.original_headers,
      value_reason: row.original_value === null ? NO_VALUE : null,
      decoded,
      decoded_reason: reason,
    },
  }
}

const EXAMPLE: z.infer<typeof WholeFailure> = { ...failureExample, ...originalExample }

const NO_FAILURE = {
  type: problemType('not-found'),
  title: 'There is no such failure',
  status: 404,
  detail: 'None has this id, or it went when its conversation was answered or erased.',
}
const refuseUnknown = (reply: Parameters<typeof sendProblem>[0]) => sendProblem(reply, NO_FAILURE)
