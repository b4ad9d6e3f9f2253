import { problemType, type Problem } from '../problem.ts'

const problem = (status: number, name: string, title: string, detail: string, members = {}): Problem => ({
  type: problemType(name),
  title,
  status,
  detail,
  ...members,
})

/**
 * Answers of this server as its description shows them where a route gives none of its own: one of each status. A test
 * holds them to what is really answered.
 */
const examples = [
  problem(400, 'bad-request', 'The address cannot be read', 'The path is not valid percent-encoding.'),
  problem(401, 'unauthorized', 'A valid API key is needed', 'Send the API key as `Authorization: Bearer <key>`.'),
  problem(403, 'forbidden', 'The API key lacks a scope', 'This needs a key with the scope `read`.'),
  problem(413, 'too-large', 'The body is too large', 'At most 1048576 bytes are taken.', { limit_bytes: 1_048_576 }),
  problem(
    415,
    'unsupported-media-type',
    'The content type is not taken here',
    'Send `Content-Type: application/json` instead of `text/plain`.',
  ),
  problem(422, 'invalid-request', 'The request does not match its schema', 'The query has 1 fault.', {
    errors: [{ pointer: '/end_time', detail: 'must be later than start_time' }],
  }),
  problem(429, 'rate-limited', 'Too many reads', 'More reads per second than this key may send. Try again in 1 s.'),
  problem(
    500,
    'internal',
    'Something went wrong here',
    'The fault is not in the request. It has been logged under this request id.',
    { request_id: '00f067aa0ba902b7', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' },
  ),
  { type: 'about:blank', title: 'Request Timeout', status: 408, detail: 'The request did not arrive in time.' },
]

export const problemExamples: ReadonlyMap<number, Problem> = new Map(examples.map((one) => [one.status, one]))
