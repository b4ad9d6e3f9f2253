import { InvalidArgumentError } from 'commander'

/**
 * Records a second. Half of what the analyzers take at the default cap (10 calls a second with 10 conversations each),
 * so that new conversations do not wait behind what is published again, and it does not expire once more in the topic.
 */
export const DEFAULT_RATE = 50

export function rateOption(text: string): number {
  const rate = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : 0
  if (rate <= 0) throw new InvalidArgumentError('Give the records per second, more than 0, as in 50 or 0.5.')
  return rate
}
