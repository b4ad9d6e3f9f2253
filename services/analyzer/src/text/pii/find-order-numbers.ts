import type { Span } from './span.ts'
import { ORDER_BEFORE, NUMBER_OF, ORDER_BEHIND, ORDER_SHAPES, ORDER_WORD } from './order-words.ts'

/**
 * Numbers of orders, invoices, tickets, customers, bookings, parcels and the like: by their shape (`ORD-2024-000123`,
 * `#12345678`, `1Z999AA10123456784`), or as letters and digits next to a word for one in the languages of
 * `order-words.ts`.
 *
 * A bare number right behind `order` needs five digits and nothing that it counts; behind `order no.` three are enough.
 * Rows of digits far from any such word stay: nothing tells them from a quantity.
 */
export function findOrderNumbers(text: string): Span[] {
  const spans: Span[] = []
  // Behind a number that was one, `, 123457 and 123458` are too.
  let chained = false
  for (const token of tokens(text)) {
    const before = text.slice(Math.max(token.from, token.start - REACH), token.start)
    const isNumber: boolean =
      isShape(text, token) ||
      (!isOther(token.text) &&
        !isCounted(text, token) &&
        ((chained && CHAIN.test(before) && token.digits >= 4) || isNamed(text, token, before)))
    if (isNumber) spans.push({ start: token.start, end: token.end })
    chained = isNumber
  }
  return spans
}

/** How far back a word for an order is looked for; never beyond the number before. */
const REACH = 64
const CHAIN = /^\s?(?:[,;/&+]|[,;]? ?(?:and|or|und|oder|et|ou|y|o|e|en|of|i|и|和|と)(?!\p{L}))\s?#?$/iu

interface Token extends Span {
  text: string
  digits: number
  /** Where the token before it ended. */
  from: number
}

/** Letters, digits and what joins them within one number, and groups of digits with spaces between them. */
function* tokens(text: string): Generator<Token> {
  let from = 0
  for (const { 0: match, index } of text.matchAll(TOKEN)) {
    const digits = match.replace(/\D/g, '').length
    const end = index + match.length
    if (digits >= 3) yield { text: match, start: index, end, digits, from }
    if (digits > 0) from = end
  }
}
const TOKEN =
  /(?<![\p{Script=Latin}\p{N}_.@$€£¥]|[\p{Script=Latin}\p{N}][-/,:])(?:\d{2,6}(?: \d{2,8}){2,8}(?![\w-])|[A-Z\d]{1,40}(?:[-_/][A-Z\d]{1,40}){0,6})(?![\p{Script=Latin}\p{N}_@%]|[.,:]\d|-[A-Z\d])/giu

const isShape = (text: string, { text: token, start }: Token): boolean =>
  ORDER_SHAPES.test(token)
    ? !/^[A-Z]{2}\d{9}[A-Z]{2}$/.test(token) || passesS10(token)
    : text[start - 1] === '#' &&
      /^\d{5,20}$/.test(token) &&
      !/^(?:(\d)\1(\d)\2(\d)\3)$/.test(token) &&
      !/[\p{L}\p{N}]/u.test(text[start - 2] ?? '')

/** Check digit of a postal item (UPU S10): without it `RR123456785DE` is a part number like any other. */
function passesS10(token: string): boolean {
  const sum = [8, 6, 4, 2, 3, 5, 9, 7].reduce((sum, weight, i) => sum + weight * Number(token[2 + i]), 0)
  const check = 11 - (sum % 11)
  return Number(token[10]) === (check === 10 ? 0 : check === 11 ? 5 : check)
}

/** Dates, years, sizes, versions of things, colours, hexadecimal codes, numbers in a row. */
const isOther = (token: string): boolean =>
  /^(?:(?:19|20)\d\d|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{1,2}[-/](?:19|20)\d\d|(?:19|20)\d\d[-/]\d{1,2}|0x[\dA-F]+|\d{1,5}x\d{1,5}(?:x\d{1,5})?|\d+[A-Z]{1,2}|(?:19|20)\d\d-?\d\d-?\d\dT\d+Z?)$/i.test(
    token,
  )

const isCounted = (text: string, { end }: Token): boolean => COUNTED.test(text.slice(end, end + 14))
const COUNTED =
  /^\s?(?:[€$£¥₹₽₩%‰°]|(?:eur|usd|gbp|chf|pln|zł|kr|kč|czk|huf|rub|inr|yen|euros?|dollars?|pounds?|mm|cm|m|km|kg|g|mg|l|ml|kb|mb|gb|tb|mhz|ghz|w|v|mah|ms|px|units?|pieces?|pcs|items?|stück|stk|pièces?|piezas?|unidades|pezzi|stuks|boxes|copies|bottles|days?|hours?|minutes?|nights?|weeks?|months?|years?|times|people|persons|users|tage|stunden|jours|heures|días|horas|giorni|ore|dagen|uur)(?![\p{L}\p{N}]))/iu

function isNamed(text: string, { text: token, digits, end }: Token, before: string): boolean {
  const isNumeric = /^[\d ]+$/.test(token)
  if (NUMBER_OF.test(before)) return true
  const direct = isNumeric ? digits >= 5 : /\d{5}|^(?=(?:.*\d){6})/.test(token)
  if (!direct) return false
  if (ORDER_WORD.test(before)) return true
  if (ORDER_BEHIND.test(text.slice(end, end + 40))) return true
  return digits >= 8 && isNumeric && ORDER_BEFORE.test(before)
}
