import { z } from 'zod'

/** A query parameter: a text, given once, that `parse` makes something of; null from it is a fault. */
export function parameter<T>(parse: (text: string) => T | null, fault: string) {
  return z
    .string({ error: ({ input }) => (Array.isArray(input) ? 'must be given only once' : `is required and ${fault}`) })
    .transform((text, context): T => {
      const value = parse(text)
      if (value !== null) return value
      context.addIssue({ code: 'custom', message: fault })
      return z.NEVER
    })
}

/** A query parameter that is one of these words, as it is. */
export const wordParameter = <T extends string>(words: readonly T[]) =>
  parameter((text): T | null => words.find((word) => word === text) ?? null, `must be ${anyOf(words)}`)

const anyOf = (words: readonly string[]): string =>
  words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`

export const booleanParameter = () =>
  parameter((text) => (text === 'true' ? true : text === 'false' ? false : null), 'must be true or false')

/** A query parameter that may be given up to `most` times. */
export function repeated<T>(parse: (text: string) => T | null, fault: string, most: number) {
  return z.union([z.string(), z.array(z.string())]).transform((given, context): T[] => {
    const texts = [given].flat()
    const values = texts.slice(0, most).map(parse)
    if (texts.length > most) context.addIssue({ code: 'custom', message: `must be given at most ${most} times` })
    else if (values.includes(null)) context.addIssue({ code: 'custom', message: fault })
    return values.filter((value) => value !== null)
  })
}

/** How many rows at most. */
export function limitParameter({ most, byDefault, of }: { most: number; byDefault: number; of: string }) {
  const parse = (text: string): number | null =>
    /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? Number(text) : null
  return parameter(parse, `must be a whole number from 1 to ${most}`)
    .default(byDefault)
    .meta({ type: 'integer', minimum: 1, maximum: most, default: byDefault, description: `How many ${of} at most.` })
}
