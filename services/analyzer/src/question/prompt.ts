import { createHash } from 'node:crypto'
import { answerJsonSchema } from './answer-schema.ts'
import type { Asked } from './asked.ts'
import type { Canary } from './make-canaries.ts'
import { parametersOf, type ModelSettings } from '../provider/chat-request.ts'
import { effortFor, type Effort } from '../provider/model-parameters.ts'
import type { Question } from '../provider/provider.ts'
import { PROMPT_SEMVER, SYSTEM_PROMPT } from './system-prompt.ts'
import type { Turn } from '../text/to-turns.ts'

export interface PromptSettings extends ModelSettings {
  /** Estimated tokens that one conversation may take before its middle is left out. */
  itemMaxTokens: number
  /** Personal data stands in the prompt as `[email]` and the like. */
  maskPii: boolean
}

export const promptSettings = (config: {
  GROK_MODEL: string
  GROK_REASONING_EFFORT?: Effort | undefined
  GROK_RESPONSE_FORMAT: PromptSettings['responseFormat']
  BATCH_MAX_TOKENS: number
  MASK_PII: boolean
}): PromptSettings => ({
  model: config.GROK_MODEL,
  effort: effortFor(config.GROK_MODEL, config.GROK_REASONING_EFFORT),
  responseFormat: config.GROK_RESPONSE_FORMAT,
  itemMaxTokens: Math.floor(config.BATCH_MAX_TOKENS / 2),
  maskPii: config.MASK_PII,
})

export interface Prompt {
  question: Question
  /** `aliases[i]` stands for `items[i]` in this call and nowhere else; so do those of the canaries. */
  asked: Asked
}

/**
 * Design section 7. The system message has the same bytes in every call; the user message is one JSON document, whose
 * fence no text can close. Items are known by aliases drawn for this call and stand in a random order, so that no text
 * can name its neighbours; the canaries look like the others. `randomInt(n)` gives 0 … n-1.
 */
export function buildPrompt(
  items: readonly { turns: Turn[] }[],
  canaries: readonly Canary[],
  randomInt: (max: number) => number,
): Prompt {
  const all = [...items, ...canaries]
  const aliases = drawAliases(all.length, randomInt)
  const document = shuffle(
    all.map(({ turns }, i) => ({ id: aliases[i], messages: turns.map(({ role, text }) => ({ role, text })) })),
    randomInt,
  )
  const question: Question = {
    system: SYSTEM_PROMPT,
    user: JSON.stringify({ items: document }),
    answerSchema: answerJsonSchema(aliases),
    results: all.length,
  }
  const asked = {
    aliases: aliases.slice(0, items.length),
    canaries: canaries.map((canary, i) => ({ canary, alias: aliases[items.length + i] as string })),
  }
  return { question, asked }
}

/** `<semver>+<hash>`: two insights with the same one were asked for in the same words, schema and parameters. */
export function promptVersion(settings: PromptSettings): string {
  const asked = { SYSTEM_PROMPT, schema: answerJsonSchema(['alias']), settings, parameters: parametersOf(settings, 1) }
  return `${PROMPT_SEMVER}+${createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 8)}`
}

/** Consonants and digits only, so that no alias spells a word or is read as a number. */
const LETTERS = 'bcdfghjkmnpqrstvwxz'
const ALPHABET = `${LETTERS}23456789`

function drawAliases(count: number, randomInt: (max: number) => number): string[] {
  const aliases = new Set<string>()
  const draw = (alphabet: string) => alphabet.charAt(randomInt(alphabet.length))
  while (aliases.size < count) aliases.add(draw(LETTERS) + draw(ALPHABET) + draw(ALPHABET) + draw(ALPHABET))
  return [...aliases]
}

/** Fisher and Yates. */
function shuffle<T>(items: T[], randomInt: (max: number) => number): T[] {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = randomInt(i + 1)
    const held = shuffled[i] as T
    shuffled[i] = shuffled[j] as T
    shuffled[j] = held
  }
  return shuffled
}
