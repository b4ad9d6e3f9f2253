import avsc, { type Type } from 'avsc'

/**
 * Larger than any schema of an event, smaller than what takes a noticeable time to compile; ours have less than 6 KB.
 */
export const MAX_SCHEMA_CHARACTERS = 256 * 1024
const MAX_DEPTH = 64
const MAX_NAMED_TYPES = 64
const MAX_FIELDS = 500
const MAX_TYPES = 2_000
const MAX_SYMBOLS = 2_000
const MAX_NAME_CHARACTERS = 256

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'])
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

type Json = Record<string, unknown>
type AvscSchema = Parameters<typeof avsc.Type.forSchema>[0]

class SchemaFault extends Error {}

/**
 * The type of a schema that strangers have registered, or why it is not taken. `texts` are the schemas that it refers
 * to, each after those that it needs itself, and then the schema.
 *
 * avsc compiles a schema to code, so it gets a copy made of the words that the reading of a record needs, and of
 * checked names, in bounded numbers. What is left out has done harm: defaults are copied 4^depth times; aliases, docs
 * and orders are a reader's. Types without a name share one resolver in avsc and are read as each other. A field that
 * is called like a property of every object (`toString`, `__proto__`) is looked up in plain objects there and then not
 * skipped, so that its bytes are taken for the next field's; such names get another one, which no event of ours knows.
 */
export function readWriterSchema(texts: readonly string[]): { type: Type } | { fault: string } {
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  if (characters > MAX_SCHEMA_CHARACTERS) return { fault: tooMany('characters', characters, MAX_SCHEMA_CHARACTERS) }
  const count: Count = { named: 0, fields: 0, types: 0, symbols: 0 }
  const registry = {}
  try {
    const schemas = texts.map((text) => copySchema(parse(text), 1, count))
    const types = schemas.map((schema) => avsc.Type.forSchema(schema as AvscSchema, { registry }))
    const type = types.at(-1)
    return type === undefined ? { fault: 'there is no schema' } : { type }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { fault: error.message.slice(0, 500) }
  }
}

interface Count {
  named: number
  fields: number
  types: number
  symbols: number
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SchemaFault('the schema is not JSON')
  }
}

function copySchema(schema: unknown, depth: number, count: Count): unknown {
  if (depth > MAX_DEPTH) throw new SchemaFault(`the schema is nested more than ${MAX_DEPTH} deep`)
  add(count, 'types', MAX_TYPES, 1)
  const copy = (inner: unknown) => copySchema(inner, depth + 1, count)
  if (typeof schema === 'string') return PRIMITIVES.has(schema) ? schema : copyName(schema, 'type')
  if (Array.isArray(schema)) return schema.map(copy)
  if (!isObject(schema)) throw new SchemaFault(`${describe(schema)} is not a schema`)
  const { type } = schema
  switch (type) {
    case 'record':
    case 'error':
      return { type, ...copyNames(schema, count), fields: copyFields(schema, copy, count) }
    case 'enum':
      return { type, ...copyNames(schema, count), symbols: copySymbols(schema, count) }
    case 'fixed':
      return { type, ...copyNames(schema, count), size: schema['size'] }
    case 'array':
      return { type, items: copy(schema['items']) }
    case 'map':
      return { type, values: copy(schema['values']) }
    default:
      if (typeof type === 'string' && PRIMITIVES.has(type)) return type
      throw new SchemaFault(`${describe(type)} is not a type`)
  }
}

function copyFields(schema: Json, copy: (inner: unknown) => unknown, count: Count): unknown[] {
  const { fields } = schema
  if (!Array.isArray(fields)) throw new SchemaFault('the fields of a record are not a list')
  add(count, 'fields', MAX_FIELDS, fields.length)
  return fields.map((field: unknown) => {
    if (!isObject(field)) throw new SchemaFault(`${describe(field)} is not a field`)
    return { name: copyWord(field['name'], 'field'), type: copy(field['type']) }
  })
}

function copySymbols({ symbols }: Json, count: Count): string[] {
  if (!Array.isArray(symbols)) throw new SchemaFault('the symbols of an enum are not a list')
  add(count, 'symbols', MAX_SYMBOLS, symbols.length)
  return symbols.map((symbol) => copyWord(symbol, 'symbol'))
}

function copyNames(schema: Json, count: Count): { name: string; namespace?: string } {
  add(count, 'named', MAX_NAMED_TYPES, 1)
  const name = copyName(schema['name'], 'type')
  const { namespace } = schema
  // An empty namespace is a namespace: none is inherited then.
  if (namespace === '') return { name, namespace }
  return namespace === undefined || namespace === null
    ? { name }
    : { name, namespace: copyName(namespace, 'namespace') }
}

/** A name with or without a namespace before it; a dot at its beginning says that it has none. */
function copyName(name: unknown, of: string): string {
  if (typeof name !== 'string') throw new SchemaFault(`${describe(name)} is not the name of a ${of}`)
  if (name.length > MAX_NAME_CHARACTERS)
    throw new SchemaFault(tooMany('characters in a name', name.length, MAX_NAME_CHARACTERS))
  const isAbsolute = name.startsWith('.')
  const words = (isAbsolute ? name.slice(1) : name).split('.').map((word) => copyWord(word, of))
  return `${isAbsolute ? '.' : ''}${words.join('.')}`
}

function copyWord(word: unknown, of: string): string {
  if (typeof word !== 'string' || !NAME.test(word))
    throw new SchemaFault(`${describe(word)} is not the name of a ${of}`)
  if (word.length > MAX_NAME_CHARACTERS)
    throw new SchemaFault(tooMany('characters in a name', word.length, MAX_NAME_CHARACTERS))
  return word in Object.prototype ? `_reserved_${word}` : word
}

function add(count: Count, what: keyof Count, most: number, more: number): void {
  count[what] += more
  if (count[what] > most) throw new SchemaFault(tooMany(what === 'named' ? 'named types' : what, count[what], most))
}

function tooMany(what: string, found: number, most: number): string {
  return `the schema has ${found} ${what}, at most ${most} are taken`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A stranger's value in a sentence of ours. */
function describe(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value)
  return text === undefined ? 'nothing' : text.slice(0, 100)
}
