import { z } from 'zod'

/** Longer values of metadata are no facets, so none is found by one. */
const VALUE_CHARACTERS = 100
const MOST_KEYS = 8
const METADATA = 'metadata.'

/** For the description of the API. Which keys there are is the projector's configuration. */
const METADATA_PARAMETERS = {
  '^metadata\\.[^=\\x00]+$': {
    type: 'string',
    maxLength: VALUE_CHARACTERS,
    name: 'metadata.KEY',
    description: `Only insights whose conversation has this value in its metadata, for a key of FACET_KEYS: \`metadata.channel=email\`. Up to ${MOST_KEYS} keys; a key that is not in FACET_KEYS is refused.`,
  },
}

/**
 * The query string of an address: these parameters and no others, so that a misspelt filter is refused by its name and
 * never widens a result. With `metadata`, `metadata.KEY=value` too, for any KEY (`metadataOf`).
 */
export function parametersOf<S extends z.core.$ZodLooseShape>(shape: S, { metadata = false } = {}) {
  const names = [...Object.keys(shape), ...(metadata ? ['metadata.KEY'] : [])].join(', ')
  const fault = `is no parameter here${names === '' ? ', which has none' : `; these are: ${names}`}`
  return z
    .object(shape)
    .catchall(z.unknown())
    .meta(metadata ? { patternProperties: METADATA_PARAMETERS } : {})
    .superRefine(
      (fields, context) => {
        for (const name of Object.keys(fields)) {
          if (Object.hasOwn(shape, name) || (metadata && name.startsWith(METADATA))) continue
          context.addIssue({ code: 'custom', path: [name], message: fault })
        }
        if (metadata) checkMetadata(fields, context)
      },
      // Also when others are faulty: a required one that is missing may be the one that is misspelt.
      { when: ({ value }) => typeof value === 'object' && value !== null },
    )
}

/** The values of `metadata.KEY`, by KEY in a fixed order. */
export const metadataOf = (fields: Record<string, unknown>): { key: string; value: string }[] =>
  metadataFields(fields)
    .map(([name, value]) => ({ key: name.slice(METADATA.length), value: String(value) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))

const metadataFields = (fields: Record<string, unknown>) =>
  Object.entries(fields).filter(([name]) => name.startsWith(METADATA))

function checkMetadata(fields: Record<string, unknown>, context: Pick<z.RefinementCtx, 'addIssue'>): void {
  const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  for (const [index, [name, value]] of metadataFields(fields).entries()) {
    if (index >= MOST_KEYS) refuse(name, `is one too many: at most ${MOST_KEYS} keys of the metadata can be asked for`)
    else if (Array.isArray(value)) refuse(name, 'must be given only once')
    else if (name === METADATA || name.includes('=') || name.includes('\0'))
      refuse(name, 'must name a key of FACET_KEYS: metadata.KEY')
    else if (typeof value !== 'string' || value.includes('\0') || value.length > VALUE_CHARACTERS)
      refuse(name, `must be a text of at most ${VALUE_CHARACTERS} characters`)
  }
}
