import { refusals, type Refusal } from '../faults/refusals.ts'

/**
 * Checks the JSON Schema of a response format. What xAI documents to answer with 400 is refused: an empty `enum` or
 * `anyOf`, booleans as schemas of properties, `minContains` and `maxContains`, `items` as an array. Limits beyond which
 * xAI does not enforce a keyword any more break the protocol, which relies on them. Null when all is well. Source:
 * docs.x.ai, structured outputs, as of 2026-11.
 */
export function checkSchema(schema: unknown): Refusal | null {
  const left: unknown[] = [schema]
  while (left.length > 0) {
    const node = left.pop()
    if (Array.isArray(node)) for (const inner of node) left.push(inner)
    if (!isObject(node)) continue
    const refusal = checkNode(node)
    if (refusal) return refusal
    for (const keyword of keywordsWithSchema) left.push(node[keyword])
    for (const keyword of keywordsWithSchemas)
      if (isObject(node[keyword])) for (const inner of Object.values(node[keyword])) left.push(inner)
  }
  return null
}

type Schema = Record<string, unknown>

// `enum`, `const` and `default` hold values: what looks like a keyword in there is none.
const keywordsWithSchema = ['items', 'anyOf', 'oneOf', 'allOf', 'not', 'additionalProperties']
const keywordsWithSchemas = ['properties', '$defs', 'definitions']

const enforcedUpTo: Record<string, number> = {
  minItems: 256,
  maxItems: 256,
  minLength: 2048,
  maxLength: 2048,
  minProperties: 64,
  maxProperties: 64,
}

function checkNode(node: Schema): Refusal | null {
  for (const keyword of ['enum', 'anyOf']) {
    if (Array.isArray(node[keyword]) && node[keyword].length === 0)
      return refusals.rejectedSchema(`${keyword} is empty`)
  }
  for (const keyword of ['minContains', 'maxContains']) {
    if (node[keyword] !== undefined) return refusals.rejectedSchema(`${keyword} is not supported`)
  }
  if (Array.isArray(node['items'])) return refusals.rejectedSchema('items is an array')
  const properties = Object.entries(isObject(node['properties']) ? node['properties'] : {})
  const boolean = properties.find(([, property]) => typeof property === 'boolean')
  if (boolean) return refusals.rejectedSchema(`the schema of property ${boolean[0]} is a boolean`)
  for (const [keyword, most] of Object.entries(enforcedUpTo)) {
    const value = node[keyword]
    if (typeof value === 'number' && value > most)
      return refusals.brokenProtocol(`${keyword} ${value} is more than the ${most} that xAI enforces`)
  }
  return null
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
