import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGrok } from '@insights/analyzer/provider/ask-grok'
import { suspicionOf } from '@insights/analyzer/text/injection/detect-suspicion'
import type { Usage } from '@insights/analyzer/provider/divide-usage'
import { listPrice } from '@insights/pipeline/estimate/estimate-cost'
import { judgeReply, type Judgement } from '@insights/analyzer/answer/judge-reply'
import { makeCanaries, type CanaryMode } from '@insights/analyzer/question/make-canaries'
import type { Provider, Question } from '@insights/analyzer/provider/provider'
import { buildPrompt, promptSettings, promptVersion } from '@insights/analyzer/question/prompt'
import { SYSTEM_PROMPT } from '@insights/analyzer/question/system-prompt'
import { toTurns } from '@insights/analyzer/text/to-turns'
import type { Config } from './config.ts'
import { randomFrom } from './draw-sample.ts'
import { limitDepartures } from './scores/limit-departures.ts'
import type { Labelled } from './read-conversations.ts'

/** Conversations that share one call. */
export interface Batch {
  conversations: readonly Pick<Labelled, 'messages'>[]
  /** Decides aliases, order and canaries: batches of one seed differ in their texts only. */
  seed: number
  /** Where in the document the first conversation stands, canaries counted; the others keep their order. */
  place?: number
}

/** What an answer says about one conversation, as the analyzer judges it. */
export type Item =
  | { kind: 'accepted'; score: number; confidence: number; clusters: string[]; reasoning: string }
  | { kind: 'missing' }
  | { kind: 'invalid'; reason: string }

export interface Answered {
  kind: 'answered'
  /** `ok`, or why the answer as a whole gives less than was asked for, e.g. `distrusted`; its reason explains it. */
  verdict: Exclude<Judgement['verdict'], 'transient' | 'misconfigured' | 'refused'>
  reason: string
  /** One for each conversation, in the batch's order. */
  items: Item[]
  /** Each conversation as the model saw it. */
  texts: string[]
  /** What the conversations and the canaries were called in this call. */
  aliases: string[]
  model: string | null
  /** Null when the server reports none. What it does not say of the price is taken from the list. */
  usage: Usage | null
  /** From leaving to the whole answer. */
  seconds: number
}
export type Asked =
  | Answered
  /** Passes by itself, perhaps. */
  | { kind: 'transient'; reason: string; detail: string; retryAfterMs: number | undefined }
  /** Only a person can correct it. */
  | { kind: 'misconfigured'; reason: string; detail: string }
  /** It did not leave: no connection was ready for it, or the second is full. */
  | { kind: 'held' }

export interface Asker {
  /** One call, without a retry. */
  ask(batch: Batch): Promise<Asked>
  /** Resolves when a call could leave at once, with false when that takes too long. */
  untilReady(): Promise<boolean>
  /** `<semver>+<hash>` of the words, schema and parameters that are asked with. */
  promptVersion: string
  /** Undefined where the model takes none. */
  effort: string | undefined
  systemPrompt: string
  /** How many canaries a call with so many conversations carries. */
  canariesWith(conversations: number): number
  /** The analyzer would ask about it in a call of its own. */
  goesAlone(conversation: Pick<Labelled, 'messages'>): boolean
  close(): Promise<void>
}

/**
 * All that the evaluation uses of the analyzer is used here: its prompt, its client and its judge are what is measured.
 */
export function createAsker(config: Config, canary: CanaryMode): Asker {
  const settings = promptSettings(config)
  const version = promptVersion(settings)
  const grok = createGrok({
    apiKey: config.GROK_API_KEY,
    baseURL: config.GROK_BASE_URL,
    settings,
    timeoutMs: config.GROK_TIMEOUT_MS,
    spare: Math.min(256, Math.max(10, Math.ceil(config.OUTBOUND_RPS / 2))),
    now: Date.now,
  })
  const departures = limitDepartures(config.OUTBOUND_RPS, () => performance.now())
  const stopped = new AbortController()

  async function ask({ conversations, seed, place }: Batch): Promise<Asked> {
    const randomInt = randomFrom(seed)
    const items = conversations.map(({ messages }) =>
      toTurns(messages, { maxTokens: settings.itemMaxTokens, maskPii: settings.maskPii }),
    )
    const canaries = makeCanaries(canary, items.length, randomInt)
    const prompt = buildPrompt(items, canaries, randomInt)
    const { asked } = prompt
    const question =
      place === undefined ? prompt.question : moveItem(prompt.question, asked.aliases[0] as string, place)

    let leftAt = performance.now()
    const reply = await grok.ask(question, {
      callId: randomUUID(),
      cacheKey: version,
      signal: stopped.signal,
      untilOpen: () => Promise.resolve(),
      mayLeave: departures.mayLeave,
      onLeave: () => {
        leftAt = performance.now()
        departures.onLeave()
      },
    })
    const seconds = (performance.now() - leftAt) / 1000
    if (reply.kind === 'held' || reply.kind === 'aborted') return { kind: 'held' }
    const { verdict, reason, detail, retryAfterMs, model, usage, items: judged } = judgeReply(reply, asked)
    if (verdict === 'transient') return { kind: verdict, reason, detail, retryAfterMs }
    if (verdict === 'misconfigured' || verdict === 'refused') return { kind: 'misconfigured', reason, detail }
    return {
      kind: 'answered',
      verdict,
      reason,
      items: asked.aliases.map((alias) => toItem(judged.get(alias))),
      texts: items.map(({ turns }) => turns.map(({ text }) => text).join('\n')),
      aliases: [...asked.aliases, ...asked.canaries.map(({ alias }) => alias)],
      model,
      usage: usage && { ...usage, cost_usd_ticks: usage.cost_usd_ticks || listPrice(settings.model, usage) },
      seconds,
    }
  }

  return {
    ask,
    untilReady: () => untilReady(grok, stopped.signal),
    promptVersion: version,
    effort: settings.effort,
    systemPrompt: SYSTEM_PROMPT,
    canariesWith: (conversations) => makeCanaries(canary, conversations, () => 0).length,
    goesAlone: ({ messages }) => suspicionOf(messages) !== null,
    close: () => {
      stopped.abort()
      return grok.close()
    },
  }
}

/**
 * Whether a call could leave; opening connections takes a moment. True also where the attempt would say what is in the
 * way.
 */
async function untilReady(grok: Provider, stopped: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + CONNECT_MS
  grok.expectCalls()
  const settled = () => grok.ready() > 0 || grok.problem() !== null
  while (!settled() && !stopped.aborted && performance.now() < deadline) await sleep(5)
  return settled()
}
const CONNECT_MS = 30_000

function moveItem(question: Question, alias: string, place: number): Question {
  const { items } = JSON.parse(question.user) as { items: { id: string }[] }
  const others = items.filter(({ id }) => id !== alias)
  const moved = others.toSpliced(place, 0, ...items.filter(({ id }) => id === alias))
  return { ...question, user: JSON.stringify({ items: moved }) }
}

function toItem(judged: ReturnType<Judgement['items']['get']>): Item {
  if (judged === undefined) throw new Error('the judge left a conversation out')
  if (judged.kind !== 'accepted') return judged
  const { sentiment_score: score, confidence, clusters, reasoning } = judged.answer
  return { kind: 'accepted', score, confidence, clusters, reasoning }
}
