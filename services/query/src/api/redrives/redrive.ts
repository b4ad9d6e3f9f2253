import { z } from 'zod'
import { FilterRead } from './redrive-request.ts'

/** How many failures; `found` is always `published` + `left` + `remaining`. */
export const Counts = z.object({
  read: z.int().describe('Failures in `analysis.failed`.'),
  found: z.int().describe('Those of them that the filter selects.'),
  published: z.int().describe('Records that were published again; in a dry run none.'),
  left: z.int().describe('Those that are left alone, for the reasons in left_by_reason.'),
  remaining: z.int().describe('Those that are still to be published; after a dry run, those that would be.'),
  planned_by_class: z.record(z.string(), z.int()).describe('What was to be published when it began.'),
  published_by_class: z.record(z.string(), z.int()),
  left_by_reason: z.array(z.object({ reason: z.string(), count: z.int() })),
  not_found: z.array(z.string()).describe('Ids of the filter that no failure has; the first 100.'),
  notes: z.array(z.string()).describe('The first failures whose record cannot be published, each with the reason.'),
})
export type Counts = z.infer<typeof Counts>

export const Estimate = z.object({
  calls: z.int().describe('Calls to the provider at the least: with full batches.'),
  cap_seconds: z.number().describe('For how long these calls take the whole cap.'),
  seconds: z.number().describe('From the first record to the last call at the least: the slower of rate and cap.'),
  cost_usd: z.number().describe('By list prices and for full calls, so rather more than less.'),
  assumes: z
    .object({ model: z.string(), batch_size: z.int(), batch_max_tokens: z.int(), outbound_rps: z.number() })
    .describe(
      "The analyzers' GROK_MODEL, BATCH_SIZE, BATCH_MAX_TOKENS and OUTBOUND_RPS as this API's environment has them.",
    ),
})
export type Estimate = z.infer<typeof Estimate>

const STATUSES = ['running', 'completed', 'stopped', 'failed'] as const

/** A redrive as the API gives it. */
export const Redrive = z.object({
  id: z.uuid(),
  status: z.enum(STATUSES),
  reason: z.string().nullable().describe('Why it was stopped or has failed, and what to do; else null.'),
  filter: FilterRead,
  dry_run: z.boolean(),
  rate: z.number(),
  requested_by: z.string().nullable().describe('The name of the API key; null without keys.'),
  counts: Counts.nullable().describe('Null until the failures are read.'),
  estimate: Estimate.nullable().describe('What the analysis of the records takes; null until the failures are read.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
})
export type Redrive = z.infer<typeof Redrive>

/** As it is read: times are epoch ms. */
export const RedriveRow = Redrive.extend({
  created_at: z.int(),
  updated_at: z.int(),
  finished_at: z.int().nullable(),
  /** It runs, and has not said so for too long. */
  is_silent: z.boolean(),
})
export type RedriveRow = z.infer<typeof RedriveRow>

const AGAIN = 'post it again: what was published is not published twice'
export const STOPPED = `the process that ran it was stopped; ${AGAIN}`
export const SILENT = `the process that ran it is gone; ${AGAIN}`

export const toRedrive = ({ is_silent: isSilent, ...row }: RedriveRow): Redrive => ({
  ...row,
  ...(isSilent && { status: 'stopped', reason: SILENT }),
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
  finished_at: isSilent
    ? new Date(row.updated_at).toISOString()
    : row.finished_at === null
      ? null
      : new Date(row.finished_at).toISOString(),
})

/** For the description of the API: a dry run. */
export const redriveExample: Redrive = {
  id: 'dd055300-730d-484d-bb01-ac13b23791ed',
  status: 'completed',
  reason: null,
  filter: {
    class: ['unsafe'],
    problem: [],
    since: null,
    until: null,
    retryable: false,
    conversation_id: [],
    failure_id: [],
  },
  dry_run: true,
  rate: 50,
  requested_by: 'support',
  counts: {
    read: 1,
    found: 1,
    published: 0,
    left: 0,
    remaining: 1,
    planned_by_class: { unsafe: 1 },
    published_by_class: {},
    left_by_reason: [],
    not_found: [],
    notes: [],
  },
  estimate: {
    calls: 1,
    cap_seconds: 0.105,
    seconds: 0.105,
    cost_usd: 0.012125,
    assumes: { model: 'grok-4.3', batch_size: 10, batch_max_tokens: 8000, outbound_rps: 10 },
  },
  created_at: '2026-11-30T02:12:36.335Z',
  updated_at: '2026-11-30T02:12:36.945Z',
  finished_at: '2026-11-30T02:12:36.945Z',
}
