export type Effort = 'none' | 'low' | 'medium' | 'high' | 'xhigh'
export const EFFORTS: readonly [Effort, ...Effort[]] = ['none', 'low', 'medium', 'high', 'xhigh']

/**
 * `reasoning_effort` for a model, or undefined where the model answers 400 to it. Without a wish it is the cheapest
 * that the model has; a wish that the model does not offer becomes the nearest that it does. A model that is not known
 * here gets exactly what was wished for. Source: xAI's model pages and the retirement notice of 2026-05-15.
 */
export function effortFor(model: string, wish: Effort | undefined): Effort | undefined {
  const offered = EFFORTS_OF.find(({ models }) => models.test(model))?.efforts
  if (offered === undefined) return wish
  const wished = EFFORTS.indexOf(wish ?? 'none')
  return offered.toSorted((a, b) => Math.abs(EFFORTS.indexOf(a) - wished) - Math.abs(EFFORTS.indexOf(b) - wished))[0]
}

/**
 * Visible tokens a call of `items` may answer with: half as much again as its results need. Reasoning is not counted.
 */
export const maxCompletionTokens = (items: number): number => Math.ceil(1.5 * (120 * items + 80))

const EFFORTS_OF: { models: RegExp; efforts: Effort[] }[] = [
  { models: /^grok-4\.20\b/, efforts: [] },
  { models: /^grok-4\.3\b/, efforts: ['none', 'low', 'medium', 'high'] },
  { models: /^grok-4\.5\b/, efforts: ['low', 'medium', 'high'] },
  { models: /^grok-4\.[67]\b/, efforts: ['low', 'medium', 'high', 'xhigh'] },
]
