import { findDigitGroups } from './find-digit-groups.ts'
import type { Span } from './span.ts'

/**
 * Payment cards: 13 to 19 digits in one piece or in groups, an issuer's prefix with its lengths, and Luhn's check
 * digit.
 */
export const findCards = (text: string): Span[] =>
  findDigitGroups(text, { separator: SEPARATOR, maxGroups: 7, minDigits: 13, maxDigits: 19 }, (start, end) => {
    const digits = text.slice(start, end).replace(/\D/g, '')
    return ISSUED.test(digits) && passesLuhn(digits) && !isProduct(digits) ? { start, end } : undefined
  })

const SEPARATOR = /^(?: {0,2}[-.\u2010-\u2013] {0,2}| {1,3})$/

/**
 * ISO/IEC 7812 prefixes: without them every tenth timestamp, order number or list of years would pass for a card. Visa,
 * Mastercard, Mir, American Express, Diners, JCB, Maestro and RuPay (50, 56-58, 6), Discover and UnionPay (6), UnionPay
 * (81), Troy.
 */
const ISSUED =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|220[0-4]\d{12,15}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}|(?:50|5[6-8]|6\d)\d{11,17}|81\d{14,17}|9792\d{12})$/

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/**
 * An EAN-13 with its own check digit: cards of 13 digits are all but extinct, products that begin with 4 or 5 are not.
 */
function isProduct(digits: string): boolean {
  if (digits.length !== 13) return false
  const sum = Array.from(digits, Number).reduce((sum, digit, i) => sum + digit * (i % 2 === 0 ? 1 : 3), 0)
  return sum % 10 === 0
}
