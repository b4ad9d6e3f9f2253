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
