import type { Refusal } from './refusals.ts'
import type { Completion, Result } from '../answers/write-answer.ts'

/** What a fault does to a call that it hits. */
export interface FaultAct {
  /** What the caller meets, in one line for the documentation. */
  describe: string
  /** What is said to a caller who asked for `model`; absent: what would have been said anyhow. */
  refuse?: (model: string) => Refusal
  /** Where what is said stops, and how; absent: it is all sent. */
  cut?: Cut
  /** How what is said is encoded, whatever the caller accepts; `broken`: under the name of gzip, and it is not. */
  encode?: 'gzip' | 'broken'
  /** What becomes of a good answer; a call that is refused anyhow gets its refusal. */
  answer?: AnswerAct
}

export interface Cut {
  where: 'before_headers' | 'in_body'
  /** `hang`: silence until the caller goes away or the simulator stops; `reset`: the connection is destroyed. */
  how: 'hang' | 'reset'
}

/** Changes to a good answer, from the inside out; what is absent stays good. `at` is the place of the item hit. */
export interface AnswerAct {
  /** Other results, as JSON texts. */
  results?: (good: readonly Result[], at: number) => string[]
  /** Another content of the message than `{"results":[…]}`; `texts` are the good results as JSON. */
  content?: (good: { content: string; texts: readonly string[]; at: number }) => string | null
  finishReason?: 'length' | 'content_filter'
  refusal?: string
  /** Another body than the completion. */
  body?: (completion: Completion) => object
  /** So many spaces are sent before the content, inside of it. */
  padBytes?: number
  /**
   * What no caller can use, or need trust, although its good result is there: that of the item hit, or those of the
   * call. A result that is not there as it should be counts as spoilt without saying so.
   */
  spoils?: 'item' | 'call'
}
