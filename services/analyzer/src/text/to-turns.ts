import type { Message } from '@insights/schemas/events/conversation-received'
import { cleanText } from './clean-text.ts'
import { cutToTokens, estimateTokens } from './estimate-tokens.ts'
import { leaveOutHistory } from './leave-out-history.ts'
import { maskPii, type Masked } from './pii/mask-pii.ts'

export interface Turn {
  role: 'customer' | 'agent' | 'unknown'
  text: string
}
export interface Turns {
  turns: Turn[]
  /** Something was left out to fit the limit. */
  truncated: boolean
  /** Estimated tokens of the item in the prompt. */
  tokens: number
  /** What was masked, by kind. */
  masked: Masked['counts']
}

/**
 * A conversation as it stands in the prompt. Of one that is longer than `maxTokens` the history that mails quote goes
 * first, and their signatures. If it is still too long it keeps its first turn, which says what it is about, and as
 * many of its last turns as fit, which say how it ended; a marker stands for what is left out. Personal data is masked
 * before anything is cut: half a card number is no card number, but half of a secret all the same.
 */
export function toTurns(
  messages: readonly Pick<Message, 'text' | 'inbound'>[],
  { maxTokens, maskPii: masks }: { maxTokens: number; maskPii: boolean },
): Turns {
  const cleaned = messages.map(toTurn).filter((turn) => turn.text !== '')
  const whole = cleaned.length > 0 ? cleaned : [{ role: 'unknown' as const, text: '[no visible text]' }]
  // Masking takes its time, and most of two megabytes will not be seen anyhow.
  const ends = masks && tokensOf(whole) > 4 * maxTokens ? shorten(whole, 4 * maxTokens) : { kept: whole, omitted: 0 }
  const { turns: all, masked } = masks ? maskTurns(ends.kept) : { turns: ends.kept, masked: {} }
  const tokens = tokensOf(all)
  if (tokens <= maxTokens && ends.omitted === 0) return { turns: all, truncated: ends.kept !== whole, tokens, masked }
  const { kept, omitted } = shorten(all, maxTokens - ITEM_TOKENS)
  const turns = markGap(kept, ends.omitted + omitted)
  return { turns, truncated: true, tokens: tokensOf(turns), masked }
}

/** `{"id":"k7fq","messages":[]},` */
const ITEM_TOKENS = 12
/** `{"role":"customer","text":""},` */
const TURN_TOKENS = 9

const toTurn = ({ text, inbound }: Pick<Message, 'text' | 'inbound'>): Turn => ({
  role: inbound === null ? 'unknown' : inbound ? 'customer' : 'agent',
  text: cleanText(text),
})

function maskTurns(turns: readonly Turn[]): { turns: Turn[]; masked: Masked['counts'] } {
  const masked: Masked['counts'] = {}
  const texts = turns.map(({ role, text }) => {
    const result = maskPii(text)
    for (const kind of Object.keys(result.counts) as (keyof Masked['counts'])[])
      masked[kind] = (masked[kind] ?? 0) + (result.counts[kind] ?? 0)
    return { role, text: result.text }
  })
  return { turns: texts, masked }
}

const tokensOfTurn = (turn: Turn): number => TURN_TOKENS + estimateTokens(turn.text)
const tokensOf = (turns: Turn[]): number => turns.reduce((sum, turn) => sum + tokensOfTurn(turn), ITEM_TOKENS)

function shorten(turns: Turn[], budget: number): { kept: Turn[]; omitted: number } {
  const own = turns.map((turn) => ({ ...turn, text: leaveOutHistory(turn.text) }))
  return tokensOf(own) <= budget ? { kept: own, omitted: 0 } : keepEnds(own, budget)
}

/** The first turn and as many of the last as fit, with a mark for those between. */
function keepEnds(turns: Turn[], budget: number): { kept: Turn[]; omitted: number } {
  const [first, ...rest] = turns
  if (first === undefined || rest.length === 0)
    return { kept: turns.map((turn) => shortenTurn(turn, budget)), omitted: 0 }
  const opening = shortenTurn(first, Math.floor(budget / 3))
  let left = budget - tokensOfTurn(opening) - tokensOfTurn(gap(rest.length))
  const closing: Turn[] = []
  for (const turn of rest.toReversed()) {
    // The last turn always stays, shortened if need be; a turn before it stays whole or not at all.
    const kept = closing.length === 0 ? shortenTurn(turn, left) : turn
    const tokens = tokensOfTurn(kept)
    if (tokens > left) break
    left -= tokens
    closing.push(kept)
  }
  return { kept: [opening, ...closing.toReversed()], omitted: rest.length - closing.length }
}

const gap = (omitted: number): Turn => ({ role: 'unknown', text: `[… ${omitted} turns omitted …]` })

const markGap = ([opening, ...closing]: Turn[], omitted: number): Turn[] =>
  opening === undefined || omitted === 0
    ? [...(opening === undefined ? [] : [opening]), ...closing]
    : [opening, gap(omitted), ...closing]

/** The beginning and the end of a turn that is too long by itself. */
function shortenTurn(turn: Turn, budget: number): Turn {
  if (tokensOfTurn(turn) <= budget) return turn
  const half = Math.max(0, Math.floor((budget - TURN_TOKENS - estimateTokens(OMITTED)) / 2))
  return { ...turn, text: cutToTokens(turn.text, half, 'start') + OMITTED + cutToTokens(turn.text, half, 'end') }
}
const OMITTED = ' [… text omitted …] '
