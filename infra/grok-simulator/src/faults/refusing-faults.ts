import type { FaultAct } from './fault-act.ts'
import { refusals } from './refusals.ts'

/** The provider, or what stands before it, says no: at once and in its own words. */
export const refusingFaults = {
  /** With the numbers of a team on xAI's lowest tier; our own limiter has said nothing. */
  rate_limited: {
    describe: '429, too many requests per second',
    refuse: (model) => refusals.tooManyRequests(model, 38, 37),
  },
  too_many_tokens: {
    describe: '429, too many tokens per minute',
    refuse: (model) => refusals.tooManyTokens(model, 10_004_211, 10_000_000),
  },
  no_credits: { describe: '429, all credits used or the spending limit reached', refuse: refusals.noCredits },
  server_error: { describe: '500', refuse: refusals.serverError },
  openai_shaped_error: {
    describe: "500 in OpenAI's shape, `{error: {message, type, code}}`",
    refuse: refusals.openaiShapedError,
  },
  unavailable: { describe: '503, at capacity', refuse: refusals.unavailable },
  overloaded: { describe: '529', refuse: refusals.overloaded },
  unavailable_in_200: {
    describe: 'an outage that looks like a success: 200 with `{code, error}` and no choices',
    refuse: () => ({ ...refusals.unavailable(), status: 200 }),
  },
  error_in_choice: {
    describe: '200, finish_reason `error`, no content, and a 429 inside the choice',
    refuse: refusals.errorInChoice,
  },
  error_without_choices: {
    describe: '200 with a 502 as `error`, and `choices` is null',
    refuse: refusals.errorWithoutChoices,
  },
  empty_answer: {
    describe: '200, the content is empty, finish_reason `stop`, and no token was counted',
    refuse: refusals.emptyAnswer,
  },
  html_200: { describe: '200 with an HTML page', refuse: refusals.challengePage },
  html_502: { describe: "502 with a gateway's HTML page", refuse: refusals.badGateway },
  redirected: {
    describe: '307 to another path here, which answers and counts every call that follows',
    refuse: refusals.movedElsewhere,
  },
  wrong_key: { describe: '400, the API key is not known', refuse: refusals.wrongKey },
  blocked_key: { describe: '403, the API key is blocked', refuse: refusals.blockedKey },
  unknown_model: { describe: '404, the model does not exist', refuse: refusals.unknownModel },
  context_overflow: {
    describe: '400, the prompt is longer than the context',
    refuse: () => refusals.contextOverflow(1_000_000, 1_200_345),
  },
  plain_text_422: {
    describe: '422 in plain text, the body could not be read',
    refuse: () => refusals.wrongBody('messages[1].content: invalid type: null, expected a string'),
  },
  too_large: {
    describe: '413, the body is larger than what stands before the API lets through',
    refuse: refusals.tooLarge,
  },
  filtered_prompt: { describe: "400 in Azure's words, a filter stopped the prompt", refuse: refusals.filteredPrompt },
  invalid_content: { describe: '400, the content is not valid, and not why', refuse: refusals.invalidContent },
  html_403: { describe: "403 with a firewall's HTML page", refuse: refusals.firewall },
  unsafe_content: { describe: '403, the content failed a safety check', refuse: refusals.unsafeContent },
} satisfies Record<string, FaultAct>
