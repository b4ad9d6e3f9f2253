/**
 * What the text says in base64, hexadecimal, percent-encoding and numeric HTML entities, which models read as well as
 * letters; the empty string if nothing. What was no text comes out as noise, in which nothing is found.
 */
export function readEncoded(text: string): string {
  const read: string[] = []
  // Each line of a wrapped block begins at a multiple of four characters, so lines decode one by one.
  const base64 = hasRun(text, IN_BASE64, 24) ? text.match(BASE64) : null
  if (base64 !== null) read.push(base64.map((blob) => Buffer.from(blob, 'base64').toString()).join(''))
  const hex = hasRun(text, IN_HEX, 40) ? text.match(HEX) : null
  if (hex !== null) read.push(hex.map((blob) => Buffer.from(blob.replace(/\\x|\s/g, ''), 'hex').toString()).join(''))
  if (PERCENT.test(text) || ENTITY.test(text)) {
    read.push(
      text
        .replace(new RegExp(PERCENT, 'g'), (_all, code: string) => fromCode(code, 16))
        .replace(new RegExp(ENTITY, 'g'), (_all, hex: string, code: string) => fromCode(code, hex === '' ? 10 : 16)),
    )
  }
  return read.join('\n')
}

const BASE64 = /[A-Za-z0-9+/_-]{24,}/g
const HEX = /(?:(?:\\x)?[0-9A-Fa-f]{2} ?){20,4000}/g
const PERCENT = /%([0-9A-Fa-f]{2})/
const ENTITY = /&#(x?)([0-9A-Fa-f]{1,6});/

function fromCode(code: string, radix: number): string {
  const point = parseInt(code, radix)
  return point <= 0x10ffff ? String.fromCodePoint(point) : ''
}

/** By character code. */
const tableOf = (pattern: RegExp) =>
  Uint8Array.from({ length: 128 }, (_, code) => Number(pattern.test(String.fromCharCode(code))))
const IN_BASE64 = tableOf(/[A-Za-z0-9+/_-]/)
const IN_HEX = tableOf(/[0-9A-Fa-f\\x ]/)

/**
 * Whether so many characters of a kind stand in a row: one of them stands at a multiple of that, so most texts are
 * hardly read.
 */
function hasRun(text: string, table: Uint8Array, length: number): boolean {
  const is = (at: number) => table[text.charCodeAt(at)] === 1
  for (let at = length - 1; at < text.length; at += length) {
    if (!is(at)) continue
    let from = at
    let to = at
    while (at - from < length && is(from - 1)) from--
    while (to - at < length && is(to + 1)) to++
    if (to - from + 1 >= length) return true
  }
  return false
}
