/** A call the simulator does not answer: the status and body xAI would send. `body` is plain text where xAI's is. */
export interface Refusal {
  kind: 'refused'
  status: number
  body: object | string
  /** Absent: that of JSON or plain text, as the body is. */
  contentType?: string
  headers?: Record<string, string>
}

/** Where `movedElsewhere` points, below /v1. */
export const movedPath = '/moved/chat/completions'

/** Wordings as xAI's users have reported them in 2026; a client that classifies by text must recognise these. */
export const refusals = {
  noKey: () => refuse(401, 'unauthenticated:no-credentials', 'No credentials presented.'),

  /** xAI answers 400, not 401, to a key it does not know. */
  wrongKey: () =>
    refuse(400, 'invalid-argument', 'Incorrect API key provided. You can obtain an API key from https://console.x.ai.'),

  tooManyRequests: (model: string, actual: number, limit: number) =>
    refuse(
      429,
      'resource-exhausted',
      `Too many requests for team ${team} and model ${model}. ` +
        `Your team's rate limit is — Requests per Second (actual/limit): ${actual}/${limit}. ` +
        'You can view your team rate limits at https://console.x.ai.',
    ),

  /** `actual` counts prompt, cached part included, completion and reasoning. */
  tooManyTokens: (model: string, actual: number, limit: number) =>
    refuse(
      429,
      'resource-exhausted',
      `Too many tokens for team ${team} and model ${model}. ` +
        `Your team's rate limit is — Tokens per Minute (actual/limit): ${actual}/${limit}. ` +
        'You can view your team rate limits at https://console.x.ai.',
    ),

  /** Money, not pace: it ends only when the account is paid for. */
  noCredits: () =>
    refuse(
      429,
      'resource-exhausted',
      `Your team ${team} has either used all available credits or reached its monthly spending limit. ` +
        'To continue making API requests, please purchase more credits or raise your spending limit.',
    ),

  blockedKey: () =>
    refuse(
      403,
      'permission-denied',
      'The API key is blocked. Please log into console.x.ai and unblock it, or contact support.',
    ),

  /** About one text of the call, whichever it is. */
  unsafeContent: (model: string) =>
    refuse(
      403,
      'permission-denied',
      `Content violates usage guidelines. Team: ${team}, API key ID: ${keyId}, Model: ${model}, ` +
        'Failed check: SAFETY_CHECK_TYPE_BIO',
    ),

  /** As Azure, which hosts Grok too, says that its filter stopped a prompt. */
  filteredPrompt: (): Refusal => ({
    kind: 'refused',
    status: 400,
    body: {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. " +
          'Please modify your prompt and retry.',
        type: 'invalid_request_error',
        code: 'content_filter',
      },
    },
  }),

  /** As gateways pass their provider's 429 on. */
  errorInChoice: (): Refusal =>
    success({
      choices: [
        {
          finish_reason: 'error',
          message: { role: 'assistant', content: '' },
          error: { code: 429, message: 'Provider returned error' },
        },
      ],
      usage: null,
    }),

  errorWithoutChoices: (): Refusal =>
    success({ error: { code: 502, message: 'Provider returned error' }, choices: null }),

  emptyAnswer: (): Refusal =>
    success({
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: '' } }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    }),

  /** It does not say what is wrong with which text. */
  invalidContent: () => refuse(400, 'invalid-argument', 'Invalid request content.'),

  /** A firewall before the API found a text that looks like an attack on a database. */
  firewall: () => page(403, '403 Forbidden'),

  serverError: () => refuse(500, 'internal', 'An internal error occurred. Please try again.'),

  openaiShapedError: (): Refusal => ({
    kind: 'refused',
    status: 500,
    body: {
      error: {
        message: 'The server had an error while processing your request.',
        type: 'server_error',
        code: 'internal_error',
      },
    },
  }),

  badGateway: () => page(502, '502 Bad Gateway'),

  /** What stands before an API and takes its callers for browsers. */
  challengePage: () => page(200, 'Just a moment...'),

  movedElsewhere: (): Refusal => ({
    ...page(307, '307 Temporary Redirect'),
    headers: { location: `/v1${movedPath}` },
  }),

  unavailable: () =>
    refuse(
      503,
      'The service is currently unavailable',
      'The model is at capacity and currently cannot serve this request. Please try again later.',
    ),

  overloaded: () => refuse(529, 'overloaded', 'The service is temporarily overloaded. Please try again later.'),

  unknownModel: (model: string) =>
    refuse(404, 'not-found', `The model ${model} does not exist or your team does not have access to it.`),

  unknownPath: (method: string, path: string) => refuse(404, 'not-found', `There is no ${method} ${path} here.`),

  unsupportedParameter: (model: string, parameter: string) =>
    refuse(400, 'invalid-argument', `Model ${model} does not support parameter ${parameter}.`),

  unsupportedEffort: (model: string, effort: string) =>
    refuse(400, 'invalid-argument', `Model ${model} does not support reasoning effort ${effort}.`),

  contextOverflow: (limit: number, actual: number) =>
    refuse(
      400,
      'invalid-argument',
      `This model's maximum prompt length is ${limit} but the request contains ${actual} tokens.`,
    ),

  /** The wording is ours: which schemas xAI rejects is documented, what it then says is not. */
  rejectedSchema: (why: string) => refuse(400, 'invalid-argument', `Invalid schema in response_format: ${why}.`),

  notJson: (why: string) => plain(400, `Failed to parse the request body as JSON: ${why}`),

  notJsonMediaType: () => plain(415, 'Expected request with `Content-Type: application/json`'),

  tooLarge: () => plain(413, 'length limit exceeded'),

  wrongBody: (why: string) => plain(422, `Failed to deserialize the JSON body into the target type: ${why}`),

  /** Not xAI's: the caller broke the protocol this simulator stands for, and must be told how. */
  brokenProtocol: (why: string) => refuse(400, 'invalid-argument', `simulator: protocol broken: ${why}`),
}

const team = '00000000-0000-4000-8000-000000000000'
const keyId = '00000000-0000-4000-8000-000000000001'

function refuse(status: number, code: string, error: string): Refusal {
  return { kind: 'refused', status, body: { code, error } }
}

function success(body: object): Refusal {
  return { kind: 'refused', status: 200, body }
}

function plain(status: number, text: string): Refusal {
  return { kind: 'refused', status, body: text }
}

function page(status: number, title: string): Refusal {
  const body =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return { kind: 'refused', status, body, contentType: 'text/html' }
}
