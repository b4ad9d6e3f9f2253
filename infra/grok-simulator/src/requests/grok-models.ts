export type Effort = 'none' | 'low' | 'medium' | 'high' | 'xhigh'

/** What xAI's documentation and users say of a model, as far as a caller of chat completions can notice it. */
export interface GrokModel {
  id: string
  /** Unix seconds, for the model list. */
  created: number
  reasons: boolean
  /** Accepted values of `reasoning_effort`; empty: the parameter itself is refused. */
  efforts: readonly Effort[]
  defaultEffort: Effort
  /** Longest prompt, in tokens. */
  context: number
  /** US dollars per million tokens; from 200,000 prompt tokens on all three double. */
  price: { prompt: number; cached: number; completion: number }
}

const small = { context: 1_000_000, price: { prompt: 1.25, cached: 0.2, completion: 2.5 } }
const large = { context: 500_000, price: { prompt: 2, cached: 0.5, completion: 6 } }

export const grokModels: readonly GrokModel[] = [
  model('grok-4.7', '2026-09-08', ['low', 'medium', 'high', 'xhigh'], 'high', large),
  model('grok-4.6', '2026-07-20', ['low', 'medium', 'high', 'xhigh'], 'high', large),
  model('grok-4.5', '2026-05-28', ['low', 'medium', 'high'], 'high', large),
  model('grok-4.3', '2026-04-17', ['none', 'low', 'medium', 'high'], 'low', small),
  model('grok-4.20-0309-reasoning', '2026-03-09', [], 'medium', small),
  model('grok-4.20-0309-non-reasoning', '2026-03-09', [], 'none', small),
]

/** Finds a model by its name or by its floating alias `<name>-latest`; undefined for what xAI would answer 404. */
export function findModel(name: string): GrokModel | undefined {
  const id = name.replace(/-latest$/, '')
  return grokModels.find((known) => known.id === id)
}

function model(
  id: string,
  released: string,
  efforts: readonly Effort[],
  defaultEffort: Effort,
  size: Pick<GrokModel, 'context' | 'price'>,
): GrokModel {
  const reasons = efforts.length > 0 || defaultEffort !== 'none'
  return { id, created: Date.parse(released) / 1000, reasons, efforts, defaultEffort, ...size }
}
