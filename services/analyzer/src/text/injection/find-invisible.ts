/**
 * Characters that no reader sees and that can carry text to a model, where they have no honest use: a short word for
 * them, or nothing. Honest are flags and families in emoji, joiners in Persian, Arabic and Indic words, one byte order
 * mark, a few soft hyphens, direction marks in right-to-left text, and what a phone's address book puts around numbers.
 */
export function findInvisible(text: string): string | undefined {
  if (!ANY.test(text)) return undefined
  return CARRIERS.find(({ pattern, except, unless }) => {
    const rest = except === undefined ? text : text.replace(except, '')
    return pattern.test(rest) && !unless?.test(rest)
  })?.name
}

const ANY = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u

const ZERO_WIDTH = String.raw`\u180E\u200B-\u200D\u2060-\u2064\u206A-\u206F\uFEFF`
/**
 * England, Scotland, Wales, and regions such as Texas: a black flag, two letters of a country and up to three of a
 * region.
 */
const REGION_FLAGS = /\u{1F3F4}[\u{E0061}-\u{E007A}]{2}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{1,3}\u{E007F}/gu
/** `\u202D+1 555 0100\u202C`: copied from an address book. */
const COPIED_NUMBERS = /[\u202A\u202D\u2066\u2068][-+()\d\s./]{3,40}[\u202C\u2069]/gu

/** Without the parts that are `except`, and nowhere in texts that hold an `unless`. */
const CARRIERS: { name: string; pattern: RegExp; except?: RegExp; unless?: RegExp }[] = [
  { name: 'tag characters', pattern: /[\u{E0000}-\u{E007F}]/u, except: REGION_FLAGS },
  { name: 'bidirectional override', pattern: /[\u202D\u202E]/u, except: COPIED_NUMBERS },
  // Isolates belong to texts that mix directions.
  {
    name: 'bidirectional isolate',
    pattern: /[\u2066-\u2068]/,
    except: COPIED_NUMBERS,
    unless: /[\p{Script=Arabic}\p{Script=Hebrew}]/u,
  },
  {
    name: 'zero-width between letters',
    pattern: new RegExp(String.raw`\p{Script=Latin}[${ZERO_WIDTH}]+\p{Script=Latin}`, 'u'),
  },
  // Between digits, marks and spaces too, where there is one after almost each of them.
  { name: 'zero-width between characters', pattern: new RegExp(String.raw`(?:[!-~ ][${ZERO_WIDTH}]+){4}`, 'u') },
  {
    name: 'row of invisible characters',
    pattern: new RegExp(String.raw`[${ZERO_WIDTH}\u200E\u200F\u061C\u034F\u115F\u1160\u3164\uFFF9-\uFFFB]{4}`, 'u'),
  },
  { name: 'row of variation selectors', pattern: /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{2}/u },
  { name: 'variation selectors', pattern: /(?<!\p{Script=Han})[\u{E0100}-\u{E01EF}]/u },
  { name: 'soft hyphen after each letter', pattern: /(?:\p{L}\u00AD+){4}/u },
  { name: 'musical or deprecated controls', pattern: /[\u{1D173}-\u{1D17A}\u206A-\u206F]/u },
]
