import { guessUsage, listPrice, TICKS_PER_USD } from '@insights/analyzer/provider/estimate-cost'
import { planSlots } from '@insights/analyzer/slots/plan-slots'

export interface Estimate {
  conversations: number
  /** Fewest: with full batches. */
  calls: number
  usd: number
  /** Of how many the cost of their insight is known; 0: it is a guess by list prices, from above. */
  known: number
  /** Shortest: when nothing live wants the calls. */
  ms: number
}

/**
 * What it takes to analyse so many conversations once more. Their insights say what they cost the last time, under
 * another prompt or of another model.
 * @param costs of their insights, US dollars × 1e10, where they are told
 */
export function estimate(
  { conversations, costs }: { conversations: number; costs: { count: number; ticks: number } },
  settings: { GROK_MODEL: string; BATCH_SIZE: number; BATCH_MAX_TOKENS: number; OUTBOUND_RPS: number; rate: number },
): Estimate {
  const { GROK_MODEL, BATCH_SIZE, BATCH_MAX_TOKENS, OUTBOUND_RPS, rate } = settings
  const calls = Math.ceil(conversations / BATCH_SIZE)
  const { slotMs, callsPerSlot } = planSlots(OUTBOUND_RPS)
  const guess = () => calls * listPrice(GROK_MODEL, guessUsage(BATCH_SIZE, BATCH_MAX_TOKENS))
  const ticks = costs.count === 0 ? guess() : (costs.ticks / costs.count) * conversations
  const ms = Math.max((conversations / rate) * 1_000, (calls / callsPerSlot) * slotMs)
  return { conversations, calls, usd: ticks / TICKS_PER_USD, known: costs.count, ms }
}
