const BINS = 10

/**
 * Expected calibration error: in ten bins of equal width, how far the mean confidence is from the share that was right,
 * weighted by the items of the bin (Naeini et al., AAAI 2015). 0: of what it is 80 % sure of, 80 % are right. Null
 * without any.
 */
export function calibrationError(answers: readonly { confidence: number; right: boolean }[]): number | null {
  if (answers.length === 0) return null
  const bins = Map.groupBy(answers, ({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)))
  let error = 0
  for (const bin of bins.values()) {
    const confidence = bin.reduce((sum, answer) => sum + answer.confidence, 0)
    const right = bin.filter((answer) => answer.right).length
    error += Math.abs(confidence - right)
  }
  return error / answers.length
}
