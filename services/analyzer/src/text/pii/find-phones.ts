import { isPossiblePhoneNumber, isValidPhoneNumber, type CountryCode } from 'libphonenumber-js/min'
import { findDigitGroups } from './find-digit-groups.ts'
import type { Span } from './span.ts'

/**
 * Phone numbers. Which country a text comes from is unknown, so a number is one
 * - with `+` or `00` and a country's code, if the country has numbers of that length (libphonenumber);
 * - with the trunk prefix 0 and 9 to 12 digits, which is no way to write an amount;
 * - grouped the way one country groups its numbers, and valid there where amounts are grouped alike;
 * - of 7 to 15 digits behind a word for telephone.
 *   What stays: eight digits in pairs or fours, bare rows of ten digits without such a word, and short service numbers.
 */
export function findPhones(text: string): Span[] {
  const ask = askSparingly()
  const grouping = { separator: SEPARATOR, maxGroups: 8, minDigits: 7, maxDigits: 17 }
  return findDigitGroups(text, grouping, (start, end, groups) => {
    const prefix = PREFIX.exec(text.slice(Math.max(0, start - 3), start))?.[0] ?? ''
    // Long rows of small numbers are tried from each of them on: most end here, before anything is made of them.
    if (groups > MOST_GROUPS && text[start] !== '0' && !prefix.includes('+') && !followsPhoneWord(text, start))
      return undefined
    const number = text.slice(start, end)
    const digits = number.replace(/\D/g, '')
    const isPhone = prefix.includes('+')
      ? !/[\p{L}\p{N}]/u.test(text[start - prefix.length - 1] ?? '') && ask(() => isPossiblePhoneNumber(`+${number}`))
      : (isNational(number, digits, groups, ask) || followsPhoneWord(text, start)) &&
        !COUNTED.test(text.slice(end, end + 12))
    if (!isPhone || isOtherNumber(number)) return undefined
    // `(+49) 171 …` is opened and closed within the number, `(+49 171 …)` around it.
    const opening = prefix.startsWith('(') && !number.includes(')') ? prefix.slice(1) : prefix
    return { start: start - opening.length, end }
  })
}

/**
 * libphonenumber takes up to 50 µs for a number, so that a text full of them would keep everything waiting. Behind so
 * many questions what looks like a phone number is taken for one: masked for nothing rather than shown.
 */
function askSparingly(): Ask {
  let asked = 0
  return (question) => asked++ >= MOST_QUESTIONS || question()
}
type Ask = (question: () => boolean) => boolean
const MOST_QUESTIONS = 200

const SEPARATOR = /^(?: ?[-./\u2010-\u2013]? ?\(?|\) ?[-./\u2010-\u2013]? ?)$/
const PREFIX = /(?:\(?\+ ?\(?|\()$/

/** Dates, IPv4 addresses, UUIDs of digits alone. */
const isOtherNumber = (number: string): boolean =>
  /^(?:0?[1-9]|[12]\d|3[01])([-./ ])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?!\d)/.test(number) ||
  /^(?:0?[1-9]|1[0-2])([-./])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?!\d)/.test(number) ||
  /^(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)/.test(number) ||
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(number) ||
  /^\d{8}-\d{4}-\d{4}-/.test(number)

/** Of the groupings below; their digits are 9 to 11. */
const MOST_GROUPS = 5

function isNational(number: string, digits: string, groups: number, ask: Ask): boolean {
  if (/^00[1-9]/.test(digits)) return digits.length >= 10 && ask(() => isPossiblePhoneNumber(`+${digits.slice(2)}`))
  if (/^0[1-9]\d/.test(digits)) return hasTrunkPrefix(number, digits, groups)
  if (groups > MOST_GROUPS || digits.length < 9 || digits.length > 11) return false
  const lengths = number.split(/\D+/).map((group) => group.length)
  return (GROUPED[lengths.join(number.includes('.') ? '.' : ' ')] ?? []).some(
    ({ opening, valid }) =>
      opening.test(digits) &&
      (valid === undefined || valid.some((country) => ask(() => isValidPhoneNumber(digits, country)))),
  )
}

/**
 * `0171 1234567`, `06.12.34.56.78`, `(020) 7946 0958`, `03012345678`; not `0.12345678`, `0-306-40615-2` or `01/2026
 * 12345`.
 */
function hasTrunkPrefix(number: string, digits: string, groups: number): boolean {
  if (groups === 1) return digits.length === 10 || digits.length === 11
  const isDotted = number.includes('.')
  return (
    digits.length >= 9 &&
    digits.length <= 12 &&
    /^\d{2,6}(?:[^\d]+\d{2,})+$/.test(number) &&
    (!isDotted || (groups > 2 && /^\d+(?:\.\d+)+$/.test(number))) &&
    !/^0?\d[/-](?:19|20)\d\d(?!\d)/.test(number)
  )
}

/**
 * By the lengths of the groups, how a phone number in them begins. Groups that an amount or another number might have
 * too must be a number in use in one of the countries. Dots between groups of three are an amount's.
 */
const GROUPED: Record<string, { opening: RegExp; valid?: CountryCode[] }[]> = {
  // North America; 347 123 4567 in Italy, 210 123 4567 in Greece.
  '3 3 4': [{ opening: /^[2-9]/ }],
  '3.3.4': [{ opening: /^[2-9]/ }],
  '1 3 3 4': [{ opening: /^1[2-9]/ }],
  // Brazil and Mexico.
  '2 4 4': [{ opening: /^[1-9]/, valid: ['BR', 'MX'] }],
  '2 5 4': [{ opening: /^[1-9]\d9/, valid: ['BR'] }],
  '3 3 3': [{ opening: /^[5-9]/, valid: ['ES', 'PT', 'PL', 'CZ'] }],
  '2 3 2 2': [{ opening: /^[89]/, valid: ['ES'] }],
  '3 2 2 2': [{ opening: /^[6-9]/, valid: ['ES'] }],
  // China and Russia: mobile numbers are mostly written in one piece.
  '3 4 4': [{ opening: /^1[3-9]/ }],
  '11': [
    { opening: /^1[3-9]/, valid: ['CN'] },
    { opening: /^89/, valid: ['RU'] },
  ],
  '1 3 3 2 2': [{ opening: /^8/ }],
  '3 3 2 2': [{ opening: /^[5-9]/, valid: ['TR', 'UA', 'RU'] }],
  '5 5': [{ opening: /^[6-9]/, valid: ['IN'] }],
  '3 7': [{ opening: /^3[1-9]/, valid: ['IT'] }],
}

/** Behind an amount or a measurement. */
const COUNTED =
  /^\+|^\s?(?:[€$£¥₹₽₩%‰°]|(?:eur|usd|gbp|chf|pln|zł|kr|sek|nok|dkk|czk|kč|huf|ft|rub|inr|jpy|yen|euros?|dollars?|pounds?|mm|cm|km|kg|mg|g|kb|mb|gb|tb|bytes?|hz|khz|mhz|ghz|ms|sec|px|dpi|views|units|pcs|stück|people|users|rows|times)(?![\p{L}\p{N}]))/iu

/** Words for telephone, and what may stand between them and the number. */
const followsPhoneWord = (text: string, start: number): boolean =>
  // Most numbers stand behind a number: the long look is for those that do not.
  /\p{L}[^\p{L}\d]{0,5}$/u.test(text.slice(Math.max(0, start - 6), start)) &&
  PHONE_WORD.test(text.slice(Math.max(0, start - 48), start))
const PHONE_WORD = new RegExp(
  String.raw`(?:(?<!\p{L})(?:(?:my|meine|mi|mon|mio|meu|mijn) (?:number|nummer|número|numéro|numero)|tel|telephone|phone|fone|fon|telefon|telefono|teléfono|téléphone|telefone|telefoon|puhelin|telefonnummer|telefoonnummer|phonenumber|mobile|mobil|móvil|celular|cellulare|cell|handy|handynummer|rufnummer|mobilnummer|portable|gsm|fax|whats ?app|telegram|signal|viber|sms|hotline|landline|call|ring|text|dial|reach|rückruf|anrufen|erreichbar|appelez|llámame|llame|llamar|ligue|chiama|chiamatemi|bel|тел|телефон|моб|звоните|позвоните|номер телефона|τηλ|τηλέφωνο|тел\. номер)|电话|手机|電話|携帯|전화|휴대폰|전화번호|هاتف|جوال|تلفون|موبایل|تلفن|טלפון|נייד|फ़ोन|मोबाइल|फोन|โทร)(?:[\s.:()=#/'-]{0,3}(?:(?:number|no|nr|num|nummer|numéro|numero|número|is|was|me|us|him|her|back|at|on|under|now|ist|unter|auf|mich|mir|au|le|moi|est|al|el|mi|es|en|a|ao|é|è|o|op|is|my|our|meine|mijn|mon|номер|по)(?!\p{L})|号码|番号|号|は|是|번호|رقم))*[\s.:()=#/'：-]{0,4}$`,
  'iu',
)
