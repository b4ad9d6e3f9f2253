import { guessUsage, listPrice, TICKS_PER_USD } from './estimate-cost.ts'
import { planSlots } from './plan-slots.ts'

export interface Estimate {
  conversations: number
  /** Fewest: with full batches. */
  calls: number
  usd: number
  /** Of how many the cost of their insight is known; 0: it is a guess by list prices, from above. */
  known: number
  /** For how long the calls take the whole cap. */
  capMs: number
  /** Shortest: when nothing live wants the calls. The slower of rate and cap. */
  ms: number
}

/** The analyzers' settings that an estimate goes by, and how many records are published in a second. */
export interface EstimateSettings {
  GROK_MODEL: string
  BATCH_SIZE: number
  BATCH_MAX_TOKENS: number
  OUTBOUND_RPS: number
  rate: number
}

/**
 * What it takes to analyse so many conversations once more. Their insights say what they cost the last time, under
 * another prompt or of another model.
 * @param costs of their insights, US dollars × 1e10, where they are told
 */
export function estimate(
  { conversations, costs }: { conversations: number; costs: { count: number; ticks: number } },
  settings: EstimateSettings,
): Estimate {
  const { GROK_MODEL, BATCH_SIZE, BATCH_MAX_TOKENS, OUTBOUND_RPS, rate } = settings
  const calls = Math.ceil(conversations / BATCH_SIZE)
  const { slotMs, callsPerSlot } = planSlots(OUTBOUND_RPS)
  const guess = () => calls * listPrice(GROK_MODEL, guessUsage(BATCH_SIZE, BATCH_MAX_TOKENS))
  const ticks = costs.count === 0 ? guess() : (costs.ticks / costs.count) * conversations
  const capMs = (calls / callsPerSlot) * slotMs
  const ms = Math.max((conversations / rate) * 1_000, capMs)
  return { conversations, calls, usd: ticks / TICKS_PER_USD, known: costs.count, capMs, ms }
}
