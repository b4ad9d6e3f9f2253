/**
 * What the text says in base64, hexadecimal, percent-encoding and numeric HTML entities, which models read as well as letters; the
 * empty string if nothing. What was no text comes out as noise, in which nothing is found.
 */
export function readEncoded(text: string): string {
  const read: string[] = []
  // Each line of a wrapped block begins at a multiple of four characters, so lines decode one by one.
  const base64 = text.match(BASE64)
  if (base64 !== null) read.push(base64.map((blob) => Buffer.from(blob, 'base64').toString()).join(''))
  const hex = text.match(HEX)
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
