import { countUsage, type Usage } from './count-usage.ts'
import type { Pace, RateLimiter } from './limit-rate.ts'
import { readConversations, readProtocol, type Conversations, type Item, type ResultField } from './read-protocol.ts'
import { checkModel, readRequest, type ChatRequest } from './read-request.ts'
import { refusals, type Refusal } from './refusals.ts'
import type { Score } from './score-conversation.ts'

/** One POST: what was decided when its head came, and its body. */
export interface Call {
  admission: Admission
  /** What a fault has the provider say to a caller who asked for `model`. */
  refuse?: ((model: string) => Refusal) | undefined
  body: string
}

export type Admission = Pace | Refusal

/** What an answer depends on beside the call itself. */
export interface World {
  /** Tells whether this system turn came before, and remembers it. */
  seePrefix: (system: string) => boolean
  score: (messages: Item['messages']) => Score
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

export interface Decision {
  verdict: Verdict
  /** The conversations in the call, whatever its verdict; none when they cannot be read. */
  items: readonly Item[]
}

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
export function decideAnswer({ admission, refuse, body }: Call, world: World): Decision {
  const read = readRequest(body)
  if (read.kind === 'refused') return { verdict: admit(admission, refuse, 'unknown') ?? read, items: [] }
  const { request } = read
  const turns = readConversations(request)
  return {
    verdict: admit(admission, refuse, request.model) ?? answer(request, turns, world),
    items: turns.kind === 'read' ? turns.items : [],
  }
}

/** What is said before a body is looked at: by the gate, then by a fault. */
function admit(admission: Admission, refuse: Call['refuse'], model: string): Refusal | undefined {
  if (admission.kind === 'refused') return admission
  if (admission.kind === 'exceeded') return refusals.tooManyRequests(model, admission.actual, admission.limit)
  return refuse?.(model)
}

function answer(request: ChatRequest, turns: Conversations | Refusal, world: World): Verdict {
  const checked = checkModel(request)
  if (checked.kind === 'refused') return checked

  const question = readProtocol(request, turns)
  if (question.kind === 'refused') return question

  const whole = writeResults(question.items, question.fields, world.score)
  const cut = cutTo(whole, request.max_completion_tokens ?? request.max_tokens)
  const usage = countUsage({
    system: question.system,
    user: request.messages[1]?.content ?? '',
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

function writeResults(items: readonly Item[], fields: readonly ResultField[], score: World['score']): string {
  const results = items.map((item) => {
    const result = { conversation_id: item.id, ...score(item.messages) }
    return Object.fromEntries(fields.map((field) => [field, result[field]]))
  })
  return JSON.stringify({ results })
}

/** The visible output ends at `maxTokens`, in the middle of a word if need be. Reasoning is not part of that limit. */
function cutTo(answer: string, maxTokens: number | null | undefined): string {
  return maxTokens ? answer.slice(0, maxTokens * 4) : answer
}
