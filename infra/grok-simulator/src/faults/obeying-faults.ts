import type { AnswerAct, FaultAct } from './fault-act.ts'

/**
 * The model obeys a conversation that tells it what to answer, for its own result and for those of its neighbours: what
 * one injected item did to whole batches on every model tested by BatchSafeBench (arXiv 2503.15551). Nothing but the
 * scores shows it, so a caller may distrust all of the answer.
 */
export const obeyingFaults = {
  obey_flip: { describe: 'every score of the call has the opposite sign', answer: scoreAll((score) => -score) },
  obey_positive: { describe: 'every score of the call is 0.9', answer: scoreAll(() => 0.9) },
  obey_negative: { describe: 'every score of the call is -0.9', answer: scoreAll(() => -0.9) },
} satisfies Record<string, FaultAct>

function scoreAll(change: (score: number) => number): AnswerAct {
  return {
    results: (good) =>
      good.map((result) => JSON.stringify({ ...result, sentiment_score: change(result.sentiment_score) })),
    spoils: 'call',
  }
}
