import { findCards } from './find-cards.ts'
import { findEmails } from './find-emails.ts'
import { findIbans } from './find-ibans.ts'
import { findOrderNumbers } from './find-order-numbers.ts'
import { findPhones } from './find-phones.ts'
import type { Span } from './span.ts'

/** Each kind, as it is counted in metrics. */
export const PII_KINDS = ['email', 'iban', 'card', 'order', 'phone'] as const
export type PiiKind = (typeof PII_KINDS)[number]

export interface Masked {
  text: string
  /** How many of each kind were replaced; a kind that did not occur is absent. */
  counts: Partial<Record<PiiKind, number>>
}

/**
 * The text with e-mail addresses, phone numbers, payment cards, IBANs and order-like numbers replaced by a word for
 * their kind: `[email]`, `[phone]`, `[card]`, `[iban]`, `[order number]`. It is the same word for every occurrence, so
 * that nothing leads back, and masking twice is masking once. Expects text that went through `cleanText`; digits of
 * other scripts are understood. It leans towards masking what is as long as an identifier, and away from it where a
 * number says how many, how much or when.
 */
export function maskPii(text: string): Masked {
  const counts: Masked['counts'] = {}
  let masked = text
  // What follows a number decides about it, and may itself be masked: `order 123456,0044 20 7946 0958`. A text can be
  // built to need any number of passes; people's texts need one, and a second that finds nothing.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = masked
    masked = maskOnce(masked, counts)
    if (masked === before) break
  }
  return { text: masked, counts }
}

const MAX_PASSES = 4

function maskOnce(text: string, counts: Masked['counts']): string {
  let masked = text
  let plain = toAsciiDigits(text)
  for (const kind of PII_KINDS) {
    if (kind !== 'email' && !/\d/.test(plain)) break
    const spans = FINDERS[kind](plain)
    if (spans.length === 0) continue
    counts[kind] = (counts[kind] ?? 0) + spans.length
    masked = replaceSpans(masked, spans, PLACEHOLDERS[kind])
    plain = replaceSpans(plain, spans, PLACEHOLDERS[kind])
  }
  return masked
}

/** In the order of `PII_KINDS`: a card is no order number, an order number that begins with 0 is no phone number. */
const FINDERS: Record<PiiKind, (text: string) => Span[]> = {
  email: findEmails,
  iban: findIbans,
  card: findCards,
  order: findOrderNumbers,
  phone: findPhones,
}
const PLACEHOLDERS: Record<PiiKind, string> = {
  email: '[email]',
  iban: '[iban]',
  card: '[card]',
  order: '[order number]',
  phone: '[phone]',
}

function replaceSpans(text: string, spans: readonly Span[], placeholder: string): string {
  const parts: string[] = []
  let done = 0
  for (const { start, end } of spans) {
    parts.push(text.slice(done, start), placeholder)
    done = end
  }
  parts.push(text.slice(done))
  return parts.join('')
}

/** Digits of other scripts as 0-9, one unit for one unit, so that what is found here can be cut out of the original. */
const toAsciiDigits = (text: string): string =>
  text.replace(OTHER_DIGITS, (digit) => String(digit.charCodeAt(0) - zeroOf(digit.charCodeAt(0))))

/** Arabic-Indic, Persian, Devanagari, Bengali, Thai: each block begins with its zero. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50]
const OTHER_DIGITS = /[\u0660-\u0669\u06F0-\u06F9\u0966-\u096F\u09E6-\u09EF\u0E50-\u0E59]/g
const zeroOf = (code: number): number => ZEROS.findLast((zero) => zero <= code) ?? code
