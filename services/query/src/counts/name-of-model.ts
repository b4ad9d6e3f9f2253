import { withoutNul } from '../tables/to-postgres.ts'

const CHARACTERS = 200

/** Nothing bounds the name that a provider gives its model, and an entry of an index has 2704 bytes at most. */
export function nameOfModel(model: string): string {
  const text = withoutNul(model)
  if (text.length <= CHARACTERS) return text
  return Array.from(text.slice(0, 2 * CHARACTERS))
    .slice(0, CHARACTERS)
    .join('')
}
