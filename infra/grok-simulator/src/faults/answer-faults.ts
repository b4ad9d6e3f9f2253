import type { Result } from '../answers/write-answer.ts'
import type { FaultAct } from './fault-act.ts'

const tenMegabytes = 10 * 1024 * 1024

/** A 200 whose envelope or content is wrong as a whole, whatever the single results are. */
export const answerFaults = {
  json_garbage: {
    describe: 'the content is JSON that lost its quotes',
    answer: { content: ({ content }) => content.replaceAll('"', ''), spoils: 'call' },
  },
  fenced_json: {
    describe: 'the content is good JSON in a Markdown fence',
    answer: { content: ({ content }) => `\`\`\`json\n${content}\n\`\`\``, spoils: 'call' },
  },
  prose_around_json: {
    describe: 'the content is good JSON between two sentences',
    answer: {
      content: ({ content }) => `Here are the insights:\n\n${content}\n\nLet me know if you need anything else!`,
      spoils: 'call',
    },
  },
  thinking_draft: {
    describe: 'a `<think>` block with the opposite of every score, then the good JSON',
    answer: { content: ({ content }) => `<think>${opposite(content)} No, that was sarcasm.</think>\n${content}` },
  },
  empty_draft: {
    describe: 'JSON without results, then the good JSON',
    answer: { content: ({ content }) => `{"results":[]}\n${content}` },
  },
  two_answers: {
    describe: 'JSON with the opposite of every score, then the good JSON',
    answer: { content: ({ content }) => `${opposite(content)}\n${content}`, spoils: 'call' },
  },
  truncated: {
    describe: 'the content ends in the middle of an item, finish_reason `length`; the items before it are whole',
    answer: { content: ({ texts, at }) => endIn(texts, at), finishReason: 'length' },
  },
  /** All output went into reasoning. */
  length_empty: {
    describe: 'the content is empty, finish_reason `length`',
    answer: { content: () => '', finishReason: 'length' },
  },
  content_filter: {
    describe: 'the content is empty, finish_reason `content_filter`',
    answer: { content: () => '', finishReason: 'content_filter' },
  },
  refusal: {
    describe: 'no content, but a refusal in its place',
    answer: { content: () => null, refusal: "I'm sorry, but I can't help with that." },
  },
  null_content: { describe: 'the content is null', answer: { content: () => null } },
  empty_choices: {
    describe: 'no choices',
    answer: { body: (completion) => ({ ...completion, choices: [] }), spoils: 'call' },
  },
  without_usage: {
    describe: 'a good answer without `usage`',
    answer: { body: ({ usage: _left, ...completion }) => completion },
  },
  null_usage: {
    describe: 'a good answer, and `usage` is null',
    answer: { body: (completion) => ({ ...completion, usage: null }) },
  },
  /** As models in JSON modes do when they cannot get out of the whitespace; here the answer comes after all. */
  huge_body: {
    describe: 'about 10 MB, in chunks: a good answer behind that many spaces',
    answer: { padBytes: tenMegabytes, spoils: 'call' },
  },
} satisfies Record<string, FaultAct>

function opposite(content: string): string {
  const { results } = JSON.parse(content) as { results: Result[] }
  const scored = results.map((result) => Object.assign(result, { sentiment_score: -result.sentiment_score }))
  return JSON.stringify({ results: scored })
}

/** The results before `at`, and half of the one there. */
function endIn(texts: readonly string[], at: number): string {
  const cut = texts[at] ?? ''
  return `{"results":[${[...texts.slice(0, at), cut.slice(0, Math.ceil(cut.length / 2))].join(',')}`
}
