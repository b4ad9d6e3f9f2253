import type { FaultAct } from './fault-act.ts'
import { refusals } from './refusals.ts'

/**
 * The network, a provider that stalls, and gateways that encode. The call is judged as ever, and what would be said to
 * it is cut off or encoded.
 */
export const connectionFaults = {
  hang_before_headers: {
    describe: 'nothing comes, and the connection stays open',
    cut: { where: 'before_headers', how: 'hang' },
  },
  hang_in_body: {
    describe: 'the head of a 200 and half of its body come, then nothing',
    cut: { where: 'in_body', how: 'hang' },
  },
  /** Of its own because clients whose time limit ends with the headers wait for the body of an error without one. */
  hang_in_error_body: {
    describe: 'the head of a 500 and half of its body come, then nothing',
    refuse: refusals.serverError,
    cut: { where: 'in_body', how: 'hang' },
  },
  reset_before_headers: {
    describe: 'the connection is reset instead of an answer',
    cut: { where: 'before_headers', how: 'reset' },
  },
  reset_in_body: {
    describe: 'the connection is reset after half of the body',
    cut: { where: 'in_body', how: 'reset' },
  },
  gzipped_answer: { describe: 'a good answer in gzip, although `identity` was asked for', encode: 'gzip' },
  gzipped_refusal: {
    describe: '403 in gzip, the content failed a safety check',
    refuse: refusals.unsafeContent,
    encode: 'gzip',
  },
  undecodable_answer: {
    describe: '200 with `Content-Encoding: gzip` and bytes that are none',
    answer: { spoils: 'call' },
    encode: 'broken',
  },
} satisfies Record<string, FaultAct>
