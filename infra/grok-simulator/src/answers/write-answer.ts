import { countUsage, type Usage } from '../requests/count-usage.ts'
import type { AnswerAct } from '../faults/fault-act.ts'
import type { Effort, GrokModel } from '../requests/grok-models.ts'
import type { Item, ResultField } from '../requests/read-protocol.ts'
import type { Score } from './score-conversation.ts'

export interface Answer {
  kind: 'answered'
  status: 200
  /** A `Completion`, unless a fault made something else of it. */
  body: object
  /** What the call is charged, whatever its body says. */
  usage: Usage
  /** Spaces that are sent before the content, inside of it. */
  padBytes: number
  asked: { model: string; system: string; aliases: string[] }
}

export interface Completion {
  id: string
  object: 'chat.completion'
  created: number
  model: string
  choices: [
    {
      index: 0
      message: { role: 'assistant'; content: string | null; refusal: string | null }
      finish_reason: 'stop' | 'length' | 'content_filter'
    },
  ]
  usage: Usage
  system_fingerprint: string
}

export interface Result extends Score {
  conversation_id: string
}

/** A call that is in order. */
export interface AskedQuestion {
  kind: 'asked'
  system: string
  /** The user turn as it came. */
  user: string
  items: readonly Item[]
  /** The fields of a result, in the order in which they are to be written. */
  fields: readonly ResultField[]
  model: GrokModel
  effort: Effort
  maxTokens: number | null | undefined
}

/** What an answer depends on beside its question. */
export interface Writer {
  /** Tells whether this system turn came before, and remembers it. */
  seePrefix: (system: string) => boolean
  score: (messages: Item['messages']) => Score
  /** Unix seconds. */
  now: number
  newId: () => string
}

/** Every insight that came from here must say so; the model asked for is checked, never claimed to have answered. */
const answeringModel = 'simulator'

/**
 * Writes the answer to a question, with what `fault` makes of it. Besides the answer it gives which items, by their
 * place, get nothing from it that a caller can use: they were carried in vain.
 */
export function writeAnswer(
  question: AskedQuestion,
  fault: { act: AnswerAct; at: number } | null,
  writer: Writer,
): { answer: Answer; inVain: (place: number) => boolean } {
  const results = writeResults(question, writer.score)
  const texts = results.map((result) => JSON.stringify(result))
  const act = fault?.act ?? {}
  const at = fault?.at ?? 0

  const written = `{"results":[${(act.results?.(results, at) ?? texts).join(',')}]}`
  const whole = act.content ? act.content({ content: written, texts, at }) : written
  const content = whole === null ? null : cutTo(whole, question.maxTokens)
  const isCut = content !== whole
  const usage = countUsage({
    ...question,
    answer: content ?? act.refusal ?? '',
    items: question.items.length,
    prefixSeen: writer.seePrefix(question.system),
  })
  const completion: Completion = {
    id: writer.newId(),
    object: 'chat.completion',
    created: writer.now,
    model: answeringModel,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: act.refusal ?? null },
        finish_reason: act.finishReason ?? (isCut ? 'length' : 'stop'),
      },
    ],
    usage,
    system_fingerprint: 'fp_simulator',
  }
  return {
    answer: {
      kind: 'answered',
      status: 200,
      body: act.body?.(completion) ?? completion,
      usage,
      padBytes: act.padBytes ?? 0,
      asked: {
        model: question.model.id,
        system: question.system,
        aliases: question.items.map((item) => item.id),
      },
    },
    inVain: fault === null && !isCut ? () => false : findSpoilt(texts, content, act, at),
  }
}

/** A result is spoilt when it is not in the content as it should be, or when the fault says so. */
function findSpoilt(
  texts: readonly string[],
  content: string | null,
  { spoils }: AnswerAct,
  at: number,
): (place: number) => boolean {
  if (content === null || spoils === 'call') return () => true
  return (place) => (spoils === 'item' && place === at) || !content.includes(texts[place] ?? '')
}

function writeResults({ items, fields }: AskedQuestion, score: Writer['score']): Result[] {
  return items.map((item) => {
    const result: Result = { conversation_id: item.id, ...score(item.messages) }
    return Object.fromEntries(fields.map((field) => [field, result[field]])) as unknown as Result
  })
}

/** The visible output ends at `maxTokens`, in the middle of a word if need be. Reasoning is not part of that limit. */
function cutTo(answer: string, maxTokens: number | null | undefined): string {
  return maxTokens ? answer.slice(0, maxTokens * 4) : answer
}
