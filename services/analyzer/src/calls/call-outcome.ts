import type { CallVerdict, Judgement } from '../answer/judge-reply.ts'
import type { NotAsked } from '../provider/provider.ts'

type ReasonOf<V extends CallVerdict['verdict']> = Extract<CallVerdict, { verdict: V }>['reason']
export type NoAnswerReason = ReasonOf<'transient'> | ReasonOf<'misconfigured'>
/** Why a call was not answered, else how it ended. */
export type CallOutcome =
  | 'answered'
  | 'unreadable'
  | Extract<CallVerdict['verdict'], 'distrusted' | 'too_long' | 'unsafe' | 'refused'>
  | NoAnswerReason
  | NotAsked['kind']

/** Each reason for which a call is not answered, as metrics count it. */
export const NO_ANSWER: readonly NoAnswerReason[] = [
  'rate_limited',
  'unavailable',
  'timeout',
  'network',
  'api_key',
  'credits',
  'model',
  'redirected',
  'request',
]

/** As the calls are counted: by what there is to do about it. */
export function callOutcomeOf({ verdict, reason }: Judgement): CallOutcome {
  if (verdict === 'ok') return 'answered'
  if (verdict === 'unknown') return 'unreadable'
  if (verdict === 'transient' || verdict === 'misconfigured') return reason
  return verdict
}
