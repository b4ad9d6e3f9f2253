import { z } from 'zod'

/**
 * A whole number in plain decimal digits; `10abc`, `1e3`, `0x10` and ` 7 ` are faults, and so are those out of range.
 */
export function integer(range: { min?: number; max?: number } = {}) {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range
  return z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be ${rangeText(range)}` })
}

/** A number in plain decimal notation (`0.75`), as strict as `integer`. */
export function decimal(range: { min?: number; max?: number } = {}) {
  const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = range
  return z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be ${rangeText(range)}` })
}

/** A TCP port; 0 lets the system choose one. */
export function port() {
  return integer({ min: 0, max: 65_535 })
}

/** The address of an HTTP service that paths are put behind; who logs in there is said by variables of their own. */
export function httpUrl() {
  return z
    .url({
      protocol: /^https?$/,
      error: 'must be an http or https address, such as http://127.0.0.1:8081',
      abort: true,
    })
    .refine((url) => !/[?#]/.test(url), 'must not hold ? or #')
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'must hold no user name or password')
}

/** Text that is sent in a header: what an editor or a copy adds to it would make every request fail. */
export function headerText() {
  return z
    .string()
    .regex(
      /^[\x21-\x7E]+$/,
      'must be visible ASCII characters: no space, no line end, no quotation mark of a text program',
    )
}

/** Names separated by commas, none twice; an empty text is none. They have no spaces at their ends, and no `=`. */
export function names({ most }: { most: number }) {
  return z
    .string()
    .transform((text) => (text === '' ? [] : text.split(',')))
    .refine((list) => list.every((name) => /^[^\s=][^=]{0,99}$/.test(name) && name === name.trim()), {
      error: 'must be names of at most 100 characters, separated by commas, without spaces around them and without =',
    })
    .refine((list) => new Set(list).size === list.length, { error: 'must not have a name twice' })
    .refine((list) => list.length <= most, { error: `must be at most ${most} names` })
}

function rangeText({ min, max }: { min?: number; max?: number }): string {
  if (min !== undefined && max !== undefined) return `between ${min} and ${max}`
  if (min !== undefined) return `at least ${min}`
  return max === undefined ? 'a number that can be held exactly' : `at most ${max}`
}
