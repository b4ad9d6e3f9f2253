import type { Message } from '@insights/schemas/conversation-received'
import { cleanText, cutText } from './clean-text.ts'

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
}

/**
 * A conversation as it stands in the prompt. One that is longer than `maxTokens` keeps its first turn, which says what it is
 * about, and as many of its last turns as fit, which say how it ended; a marker stands for the turns between.
 */
export function toTurns(messages: readonly Pick<Message, 'text' | 'inbound'>[], maxTokens: number): Turns {
  const visible = messages.map(toTurn).filter((turn) => turn.text !== '')
  const all = visible.length > 0 ? visible : [{ role: 'unknown' as const, text: '[no visible text]' }]
  const tokens = tokensOf(all)
  if (tokens <= maxTokens) return { turns: all, truncated: false, tokens }
  const turns = shorten(all, maxTokens - ITEM_TOKENS)
  return { turns, truncated: true, tokens: tokensOf(turns) }
}

/** 3.5 characters of Latin text make about one token; other scripts are nearer to their count of UTF-8 bytes. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)

const BYTES_PER_TOKEN = 3.5
/** `{"id":"k7fq","messages":[]},` */
const ITEM_TOKENS = 12
/** `{"role":"customer","text":""},` */
const TURN_TOKENS = 9

const toTurn = ({ text, inbound }: Pick<Message, 'text' | 'inbound'>): Turn => ({
  role: inbound === null ? 'unknown' : inbound ? 'customer' : 'agent',
  text: cleanText(text),
})

const tokensOfTurn = (turn: Turn): number => TURN_TOKENS + estimateTokens(turn.text)
const tokensOf = (turns: Turn[]): number => turns.reduce((sum, turn) => sum + tokensOfTurn(turn), ITEM_TOKENS)

function shorten(turns: Turn[], budget: number): Turn[] {
  const [first, ...rest] = turns
  if (first === undefined) return []
  if (rest.length === 0) return [shortenTurn(first, budget)]
  const marker = (omitted: number): Turn => ({ role: 'unknown', text: `[… ${omitted} turns omitted …]` })

  const opening = shortenTurn(first, Math.floor(budget / 3))
  let left = budget - tokensOfTurn(opening) - tokensOfTurn(marker(rest.length))
  const closing: Turn[] = []
  for (const turn of rest.toReversed()) {
    // The last turn always stays, shortened if need be; a turn before it stays whole or not at all.
    const kept = closing.length === 0 ? shortenTurn(turn, left) : turn
    if (tokensOfTurn(kept) > left) break
    left -= tokensOfTurn(kept)
    closing.unshift(kept)
  }
  const omitted = rest.length - closing.length
  return omitted === 0 ? [opening, ...closing] : [opening, marker(omitted), ...closing]
}

/** The beginning and the end of a turn that is too long by itself. */
function shortenTurn(turn: Turn, budget: number): Turn {
  if (tokensOfTurn(turn) <= budget) return turn
  const marker = ' [… text omitted …] '
  const room = Math.max(0, (budget - TURN_TOKENS) * BYTES_PER_TOKEN - Buffer.byteLength(marker))
  const head = firstBytes(turn.text, Math.floor(room / 2))
  return { ...turn, text: head + marker + lastBytes(turn.text, Math.floor(room / 2)) }
}

/** As much of the beginning as fits into `bytes` of UTF-8. */
function firstBytes(text: string, bytes: number): string {
  let cut = cutText(text, bytes)
  while (Buffer.byteLength(cut) > bytes) cut = cutText(cut, Math.floor((cut.length * bytes) / Buffer.byteLength(cut)))
  return cut
}

function lastBytes(text: string, bytes: number): string {
  let cut = text.slice(Math.max(0, text.length - bytes))
  while (Buffer.byteLength(cut) > bytes) cut = cut.slice(Math.ceil(cut.length * (1 - bytes / Buffer.byteLength(cut))))
  return /^[\uDC00-\uDFFF]/.test(cut) ? cut.slice(1) : cut
}
