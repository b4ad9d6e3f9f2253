import { countUsage, type Usage } from './count-usage.ts'
import type { Pace, RateLimiter } from './limit-rate.ts'
import { readProtocol, type Item, type ResultField } from './read-protocol.ts'
import { checkModel, readRequest } from './read-request.ts'
import { refusals, type Refusal } from './refusals.ts'
import { scoreConversation } from './score-conversation.ts'

/** One POST: what was decided when its head came, and its body. */
export interface Call {
  admission: Admission
  body: string
}

export type Admission = Pace | Refusal

/** What an answer depends on beside the call itself. */
export interface World {
  /** Tells whether this system turn came before, and remembers it. */
  seePrefix: (system: string) => boolean
  /** Unix seconds. */
  now: number
  newId: () => string
}

export interface Answer {
  kind: 'answered'
  status: 200
  body: {
    id: string
    object: 'chat.completion'
    created: number
    model: string
    choices: [
      {
        index: 0
        message: { role: 'assistant'; content: string; refusal: null }
        finish_reason: 'stop' | 'length'
      },
    ]
    usage: Usage
    system_fingerprint: string
  }
  asked: { model: string; system: string; aliases: string[] }
}

export type Verdict = Answer | Refusal

/** Every insight that came from here must say so; the model asked for is checked, but never claimed to have answered. */
const answeringModel = 'simulator'

/**
 * Key and rate are decided at the moment a call arrives and not when its body is complete: a caller whose calls are
 * spaced as agreed must not be refused because one body took longer than the next.
 */
export function admitCall(
  call: { authorization: string | undefined; arrivedAtMs: number },
  gate: { keys: readonly string[]; rps: number; limit: RateLimiter },
): Admission {
  const key = readKey(call.authorization, gate.keys)
  return key.kind === 'refused' ? key : gate.limit(key.key, call.arrivedAtMs, gate.rps)
}

/** The way of a call to its verdict, one step after the other; the first refusal ends it. */
export function decideAnswer({ admission, body }: Call, world: World): Verdict {
  if (admission.kind === 'refused') return admission

  const read = readRequest(body)
  if (admission.kind === 'exceeded') {
    const model = read.kind === 'read' ? read.request.model : 'unknown'
    return refusals.tooManyRequests(model, admission.actual, admission.limit)
  }
  if (read.kind === 'refused') return read

  const checked = checkModel(read.request)
  if (checked.kind === 'refused') return checked

  const question = readProtocol(read.request)
  if (question.kind === 'refused') return question

  const whole = writeResults(question.items, question.fields)
  const cut = cutTo(whole, read.request.max_completion_tokens ?? read.request.max_tokens)
  const usage = countUsage({
    system: question.system,
    user: read.request.messages[1]?.content ?? '',
    answer: cut,
    items: question.items.length,
    prefixSeen: world.seePrefix(question.system),
    model: checked.model,
    effort: checked.effort,
  })
  return {
    kind: 'answered',
    status: 200,
    body: {
      id: world.newId(),
      object: 'chat.completion',
      created: world.now,
      model: answeringModel,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: cut, refusal: null },
          finish_reason: cut.length < whole.length ? 'length' : 'stop',
        },
      ],
      usage,
      system_fingerprint: 'fp_simulator',
    },
    asked: {
      model: checked.model.id,
      system: question.system,
      aliases: question.items.map((item) => item.id),
    },
  }
}

/** Checks `Authorization: Bearer …` as xAI does: 401 without a key, 400 with one it does not know. */
export function readKey(
  authorization: string | undefined,
  keys: readonly string[],
): { kind: 'known'; key: string } | Refusal {
  const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (key === undefined) return refusals.noKey()
  return keys.includes(key) ? { kind: 'known', key } : refusals.wrongKey()
}

function writeResults(items: readonly Item[], fields: readonly ResultField[]): string {
  const results = items.map((item) => {
    const result = { conversation_id: item.id, ...scoreConversation(item.messages) }
    return Object.fromEntries(fields.map((field) => [field, result[field]]))
  })
  return JSON.stringify({ results })
}

/** The visible output ends at `maxTokens`, in the middle of a word if need be. Reasoning is not part of that limit. */
function cutTo(answer: string, maxTokens: number | null | undefined): string {
  return maxTokens ? answer.slice(0, maxTokens * 4) : answer
}
