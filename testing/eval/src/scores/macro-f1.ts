import { mean } from './mean-absolute-error.ts'

/**
 * F1 of each label over all items, then their plain mean, so that a rare label weighs as much as a common one; 0 … 1.
 * Over the labels that occur, expected or given: one that is only given has an F1 of 0. Null when none occurs.
 */
export function macroF1(items: readonly { expected: readonly string[]; given: readonly string[] }[]): number | null {
  const labels = new Set(items.flatMap(({ expected, given }) => [...expected, ...given]))
  const f1 = (label: string) => {
    const expected = items.filter((item) => item.expected.includes(label))
    const given = items.filter((item) => item.given.includes(label))
    const both = expected.filter((item) => item.given.includes(label))
    return (2 * both.length) / (expected.length + given.length)
  }
  return mean([...labels].map(f1))
}
