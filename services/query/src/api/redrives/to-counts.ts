import { estimate, type EstimateSettings } from '@insights/pipeline/estimate/estimate'
import { sumOf } from '@insights/pipeline/publish-again/tally'
import type { Counts, Estimate } from './redrive.ts'
import type { Progress } from './run-redrive.ts'

const MOST_IDS = 100

export function toCounts({ plan, planned, published, notes }: Progress): Counts {
  const { read, selected, left, unmatched } = plan
  const [done, alone] = [sumOf(published), sumOf(left)]
  return {
    read,
    found: selected,
    published: done,
    left: alone,
    remaining: selected - done - alone,
    planned_by_class: Object.fromEntries(planned),
    published_by_class: Object.fromEntries(published),
    left_by_reason: [...left].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count),
    not_found: unmatched.slice(0, MOST_IDS),
    notes: [...notes],
  }
}

/** Of those that are to be analysed: what the projector refused needs no call. What failed has no cost to go by. */
export function toEstimate({ plan }: Pick<Progress, 'plan'>, settings: EstimateSettings): Estimate {
  const conversations = plan.wanted.filter(({ isSubmitted }) => isSubmitted).length
  const { calls, capMs, ms, usd } = estimate({ conversations, costs: { count: 0, ticks: 0 } }, settings)
  return {
    calls,
    cap_seconds: capMs / 1_000,
    seconds: ms / 1_000,
    cost_usd: usd,
    assumes: {
      model: settings.GROK_MODEL,
      batch_size: settings.BATCH_SIZE,
      batch_max_tokens: settings.BATCH_MAX_TOKENS,
      outbound_rps: settings.OUTBOUND_RPS,
    },
  }
}
