import type { RouteFacts } from './describe-operation.ts'

/** The header fields that answers of every API have, for its `components`. */
export const answerHeaders = {
  'Retry-After': {
    description: 'Whole seconds after which to try again.',
    required: true,
    schema: { type: 'integer', minimum: 1, examples: [2] },
  },
  RateLimit: {
    description: 'What is left of the rate, and the seconds until all of it is (draft-ietf-httpapi-ratelimit-headers).',
    required: true,
    schema: { type: 'string', examples: ['"reads";r=99;t=1'] },
  },
  'RateLimit-Policy': {
    description: 'How many requests may come at once, and the seconds of the window.',
    required: true,
    schema: { type: 'string', examples: ['"reads";q=100;w=1'] },
  },
  'WWW-Authenticate': {
    description: 'How to show a key, and what is wrong with the one shown (RFC 6750).',
    required: true,
    schema: { type: 'string', examples: ['Bearer', 'Bearer error="invalid_token"'] },
  },
} as const

const header = (name: keyof typeof answerHeaders) => ({ [name]: { $ref: `#/components/headers/${name}` } })
const TOKEN_HEADERS = { ...header('RateLimit'), ...header('RateLimit-Policy') }

/** The header fields of an answer with this status. */
export const headersOf = (status: number, { scope, limited }: Pick<RouteFacts, 'scope' | 'limited'>): object => ({
  ...(limited && hasToken(status) && TOKEN_HEADERS),
  ...(scope && status === 401 && header('WWW-Authenticate')),
  ...((status === 429 || status === 503) && header('Retry-After')),
})

/** What cannot be read, is not let in, comes too slowly or breaks here is answered before, or without, a token. */
const hasToken = (status: number): boolean => status < 400 || (status > 403 && status < 500 && status !== 408)
