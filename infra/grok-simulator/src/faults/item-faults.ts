import type { AnswerAct, FaultAct } from './fault-act.ts'
import type { Result } from '../answers/write-answer.ts'

/** What is wrong with the result of one item; those of the others are good. */
export const itemFaults = {
  missing_item: {
    describe: 'no result for the item',
    answer: { results: (good, at) => toTexts(good.filter((_, i) => i !== at)) },
  },
  duplicate_same: {
    describe: 'two results for the item, the same',
    answer: { results: (good, at) => toTexts([...good, ...good.slice(at, at + 1)]) },
  },
  duplicate_conflicting: {
    describe: 'two results for the item that contradict each other',
    answer: {
      results: (good, at) => [
        ...toTexts(good),
        ...good.slice(at, at + 1).map((result) => withScore(result, `${contrary(result)}`)),
      ],
      spoils: 'item',
    },
  },
  duplicate_keys: {
    describe: "the item's result holds `sentiment_score` twice, with different values",
    answer: rewrite((result) => withScore(result, `${result.sentiment_score},"sentiment_score":${contrary(result)}`)),
  },
  unknown_id: {
    describe: "the item's result carries an id that was not sent",
    answer: rewrite((result) => JSON.stringify({ ...result, conversation_id: `${result.conversation_id}-0` })),
  },
  /** Each result is good but for whom it is about; nothing in the answer shows it. One item alone cannot be crossed. */
  swapped_ids: {
    describe: 'the ids of the item and of the one after it are crossed; a single item is answered well',
    answer: {
      results: (good, at) => {
        const next = (at + 1) % good.length
        const idFor = (i: number) => good[i === at ? next : i === next ? at : i]?.conversation_id
        return toTexts(good.map((result, i) => ({ ...result, conversation_id: idFor(i) ?? result.conversation_id })))
      },
    },
  },
  score_out_of_range: { describe: "the item's score is 1.7", answer: rewrite((result) => withScore(result, '1.7')) },
  score_as_text: {
    describe: 'the item\'s score is the text `"0.4"`',
    answer: rewrite((result) => withScore(result, '"0.4"')),
  },
  score_infinite: {
    describe: "the item's score is `1e999`, which is JSON and reads as Infinity",
    answer: rewrite((result) => withScore(result, '1e999')),
  },
  score_nan: {
    describe: "the item's score is a bare `NaN`, so that the whole content is no JSON",
    answer: { ...rewrite((result) => withScore(result, 'NaN')), spoils: 'call' },
  },
  score_null: { describe: "the item's score is null", answer: rewrite((result) => withScore(result, 'null')) },
  lone_surrogate: {
    describe: "the item's reasoning holds half of a surrogate pair, escaped",
    answer: rewrite((result) => JSON.stringify({ ...result, reasoning: `Half an emoji: \ud83d. ${result.reasoning}` })),
  },
  extra_keys: {
    describe: "the item's result holds keys that were not asked for",
    answer: rewrite((result) => JSON.stringify({ ...result, language: 'en', notes: ['not asked for'] })),
  },
} satisfies Record<string, FaultAct>

function toTexts(results: readonly Result[]): string[] {
  return results.map((result) => JSON.stringify(result))
}

/** Another text for the result of the item that is hit. */
function rewrite(toText: (result: Result) => string): AnswerAct {
  return { results: (good, at) => good.map((result, i) => (i === at ? toText(result) : JSON.stringify(result))) }
}

/** The result with `raw` for its score, JSON or not. A text cannot hold the pattern: its quotes are escaped. */
function withScore(result: Result, raw: string): string {
  return JSON.stringify(result).replace(/"sentiment_score":[^,}]+/, () => `"sentiment_score":${raw}`)
}

function contrary({ sentiment_score: score }: Result): number {
  return score > 0 ? -0.5 : 0.5
}
