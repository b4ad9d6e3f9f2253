import { admitCall, type Gate } from '../limits/admit-call.ts'
import { checkSchema } from '../requests/check-schema.ts'
import { chooseFault, type FaultSource, type Hit } from '../faults/choose-fault.ts'
import { countPrompt } from '../requests/count-usage.ts'
import type { FaultAct } from '../faults/fault-act.ts'
import { actOf } from '../faults/fault-kinds.ts'
import { readConversations, readProtocol, type Conversations, type Item } from '../requests/read-protocol.ts'
import { checkModel, readRequest, type ChatRequest } from '../requests/read-request.ts'
import { refusals, type Refusal } from '../faults/refusals.ts'
import { writeAnswer, type Answer, type AskedQuestion, type Writer } from './write-answer.ts'

/** One POST. */
export interface Call {
  authorization: string | undefined
  /** When its head came, on the monotonic clock, in ms. */
  arrivedAtMs: number
  body: string
  /** It holds private text. */
  leaks: boolean
}

/** What an answer depends on beside the call itself. */
export interface World extends Writer {
  gate: Gate
  faults: FaultSource
}

export type Verdict = Answer | Refusal

export interface Decision {
  verdict: Verdict
  /** The conversations in the call, whatever its verdict; none when they cannot be read. */
  items: readonly Item[]
  /** Which of them, by their place, get nothing that a caller can use. */
  inVain: (place: number) => boolean
  /** The fault that made the verdict what it is, or cuts it off. */
  hit: Hit | null
}

/**
 * The way of a call to its verdict, one step after the other; the first refusal ends it. A leak is said before anything
 * else can hide it; then come key and limits, as a caller above its rate meets 429 during an outage as well, and what
 * they refuse uses up no fault; then what a fault says; then what is wrong with the call.
 */
export function decideAnswer(call: Call, world: World): Decision {
  const read = readRequest(call.body)
  const turns = read.kind === 'refused' ? read : readConversations(read.request)
  const items = turns.kind === 'refused' ? [] : turns.items
  const refuse = (verdict: Refusal, hit: Hit | null = null): Decision => ({ verdict, items, inVain: () => true, hit })
  if (call.leaks) return refuse(refusals.brokenProtocol('the prompt holds private text'))

  const { authorization, arrivedAtMs } = call
  const model = read.kind === 'refused' ? 'unknown' : read.request.model
  const promptTokens = read.kind === 'refused' ? 0 : countPrompt(promptOf(read.request))
  const admission = admitCall({ authorization, arrivedAtMs, model, promptTokens }, world.gate)
  if (admission.kind === 'refused') return refuse(admission)

  const hit = chooseFault(items, world.faults)
  if (hit?.kind === 'refused') return refuse(hit)
  const act: Partial<FaultAct> = hit === null ? {} : actOf(hit.fault)
  if (act.refuse) return refuse(act.refuse(model), hit)

  const asked = read.kind === 'refused' ? read : readQuestion(read.request, turns, promptTokens)
  // It gets its refusal, and that may be cut off; a fault of the answer does not show.
  if (asked.kind === 'refused') return refuse(asked, act.cut ? hit : null)
  const { answer, inVain } = writeAnswer(asked, hit && act.answer ? { act: act.answer, at: hit.at } : null, world)
  admission.charge(answer.usage.total_tokens)
  return { verdict: answer, items, inVain: act.cut ? () => true : inVain, hit }
}

function readQuestion(
  request: ChatRequest,
  turns: Conversations | Refusal,
  promptTokens: number,
): AskedQuestion | Refusal {
  const checked = checkModel(request)
  if (checked.kind === 'refused') return checked
  const { model, effort } = checked
  if (promptTokens > model.context) return refusals.contextOverflow(model.context, promptTokens)
  const { response_format: format } = request
  const rejected = format?.type === 'json_schema' ? checkSchema(format.json_schema.schema) : null
  if (rejected) return rejected
  const question = readProtocol(request, turns)
  if (question.kind === 'refused') return question
  const maxTokens = request.max_completion_tokens ?? request.max_tokens
  return { ...question, kind: 'asked', ...promptOf(request), model, effort, maxTokens }
}

function promptOf({ messages }: ChatRequest): { system: string; user: string } {
  return { system: messages[0]?.content ?? '', user: messages[1]?.content ?? '' }
}
