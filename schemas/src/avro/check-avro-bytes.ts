import avsc, { type Type } from 'avsc'
import { BytesFault, readLong, walkBytes, walkFixed, walkString, walkVarint, type Cursor } from './avro-cursor.ts'
import { costOf, type Cost } from './cost-of-type.ts'

const { types } = avsc
type RecordType = InstanceType<typeof types.RecordType>

/** Walks the bytes of one value and moves the place past it; throws `BytesFault`. */
type Walk = (place: Place) => void

interface Place extends Cursor {
  /** What may still be spent on records and on values that take no bytes. */
  stepsLeft: number
  /** How many values of recursive types are open. */
  depth: number
  tooMany: TooMany | null
}

/** A list that is longer than we take. */
export interface TooMany {
  field: string
  items: number
  most: number
}

interface Compiling {
  walks: Map<Type, Walk>
  costs: Map<Type, Cost>
}

/**
 * Honest records have some records and nulls per dozens of bytes. A schema of 40 nested records of two fields each had
 * 2^40 values without bytes in a payload of seven.
 */
const STEPS_PER_BYTE = 16
const FREE_STEPS = 1_000

/** Far above what honest trees have. */
const MAX_DEPTH = 500

/**
 * A check that a payload is exactly one value of the writer's schema: null, or what is wrong with it.
 *
 * avsc believes every count and length it reads and looks only at the end whether it ran past the buffer. Ten bytes
 * that announce an array of two thousand million items would keep a consumer busy until its memory is gone, after every
 * restart again. So counts and lengths are held against the bytes that are really there before avsc sees them.
 *
 * The work is linear in the payload, here and then in avsc: each type takes a byte at least or none ever, and what
 * takes none is added up when the schema is compiled and counted in steps, as records are.
 *
 * `maxItems` bounds lists by the name of the event's field that holds them, before avsc makes objects of them.
 * Throws at once for a schema with arrays whose items take no bytes, because there no such check is possible.
 */
export function checkAvroBytes(
  writer: Type,
  maxItems: Readonly<Record<string, number>> = {},
): (payload: Buffer) => string | TooMany | null {
  const walk = compileEvent(writer, maxItems, { walks: new Map(), costs: new Map() })
  return (payload) => {
    const stepsLeft = FREE_STEPS + STEPS_PER_BYTE * payload.length
    const place: Place = { bytes: payload, at: 0, stepsLeft, depth: 0, tooMany: null }
    try {
      walk(place)
    } catch (error) {
      if (error instanceof BytesFault) return error.message
      if (error instanceof RangeError) return NESTED_TOO_DEEPLY // the stack is smaller than MAX_DEPTH of large types
      throw error
    }
    const left = payload.length - place.at
    return left === 0 ? place.tooMany : `${left} bytes are left after the value`
  }
}

export const NESTED_TOO_DEEPLY = 'the value is nested too deeply'

/** The event itself: the lists among its fields are counted, also behind unions. */
function compileEvent(type: Type, maxItems: Readonly<Record<string, number>>, so: Compiling): Walk {
  if (isUnion(type)) return walkUnion(type.types.map((branch) => compileEvent(branch, maxItems, so)))
  if (!(type instanceof types.RecordType)) return compile(type, so)
  return walkRecord(type, so, (field) => {
    const most = Object.hasOwn(maxItems, field.name) ? maxItems[field.name] : undefined
    return most === undefined ? compile(field.type, so) : compileList(field.type, { field: field.name, most }, so)
  })
}

function compileList(type: Type, limit: { field: string; most: number }, so: Compiling): Walk {
  if (isUnion(type)) return walkUnion(type.types.map((branch) => compileList(branch, limit, so)))
  if (!(type instanceof types.ArrayType)) return compile(type, so)
  const walk = walkBlocks(compileItem(type.itemsType, so))
  return (place) => {
    const items = walk(place)
    if (items > limit.most) place.tooMany = { ...limit, items }
  }
}

function compile(type: Type, so: Compiling): Walk {
  const known = so.walks.get(type)
  if (known !== undefined) return known
  const recursive: { walk?: Walk } = {} // stands in while a schema that holds itself is being compiled
  so.walks.set(type, (place) => {
    if (++place.depth > MAX_DEPTH) throw new BytesFault(NESTED_TOO_DEEPLY)
    recursive.walk?.(place)
    place.depth--
  })
  const walk = compileNew(type, so)
  recursive.walk = walk
  so.walks.set(type, walk)
  return walk
}

function compileNew(type: Type, so: Compiling): Walk {
  if (type instanceof types.RecordType) return walkRecord(type, so, (field) => compile(field.type, so))
  if (type instanceof types.ArrayType) return walkBlocks(compileItem(type.itemsType, so))
  if (type instanceof types.MapType) {
    const value = compile(type.valuesType, so)
    return walkBlocks({
      leastBytes: 1 + costOf(type.valuesType, so.costs).leastBytes,
      walk: (place) => {
        walkString(place)
        value(place)
      },
    })
  }
  if (isUnion(type)) return walkUnion(type.types.map((branch) => compile(branch, so)))
  if (type instanceof types.LogicalType) return compile(type.underlyingType, so)
  if (type instanceof types.FixedType) return fixed(type.size)
  switch (type.typeName) {
    case 'null':
      return walkNothing
    case 'boolean':
      return fixed(1)
    case 'float':
      return fixed(4)
    case 'double':
      return fixed(8)
    case 'string':
      return walkString
    case 'bytes':
      return walkBytes
    case 'int':
    case 'long':
    case 'enum':
      return walkVarint
    default:
      throw new Error(`Avro type ${type.typeName} is not known here`)
  }
}

function isUnion(type: Type): type is InstanceType<typeof types.UnwrappedUnionType | typeof types.WrappedUnionType> {
  return type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType
}

function compileItem(type: Type, so: Compiling): { leastBytes: number; walk: Walk } {
  const { leastBytes } = costOf(type, so.costs)
  if (leastBytes === 0) throw new Error('the schema has an array whose items take no bytes')
  return { leastBytes, walk: compile(type, so) }
}

/** Only the fields that take bytes are walked; the others are paid for with the record. */
function walkRecord(
  type: RecordType,
  so: Compiling,
  compileField: (field: RecordType['fields'][number]) => Walk,
): Walk {
  const { leastBytes, steps } = costOf(type, so.costs)
  if (leastBytes === Infinity) throw new Error(`the schema has a record ${type.name} that always holds itself`)
  const fields = type.fields.filter((field) => costOf(field.type, so.costs).leastBytes > 0).map(compileField)
  return (place) => {
    place.stepsLeft -= steps
    if (place.stepsLeft < 0) throw new BytesFault('it holds far more values than bytes')
    for (const field of fields) field(place)
  }
}
function walkNothing(): void {}

/**
 * Arrays and maps: blocks of a count and the items, until a count of 0; a negative count is followed by a byte size.
 * Returns the number of items.
 */
function walkBlocks({ leastBytes, walk }: { leastBytes: number; walk: Walk }): (place: Place) => number {
  return (place) => {
    let items = 0
    for (;;) {
      let count = readLong(place)
      if (count === 0) return items
      let end: number | null = null
      if (count < 0) {
        count = -count
        const size = readLong(place)
        end = place.at + size
      }
      if (count * leastBytes > place.bytes.length - place.at) {
        throw new BytesFault(`${count} items are announced at byte ${place.at}, more than the record can hold`)
      }
      for (let i = 0; i < count; i++) walk(place)
      items += count
      if (end !== null && end !== place.at)
        throw new BytesFault(`the block that ends at byte ${place.at} lies about its size`)
    }
  }
}

function walkUnion(branches: Walk[]): Walk {
  return (place) => {
    const index = readLong(place)
    const branch = branches[index]
    if (branch === undefined) throw new BytesFault(`there is no union branch ${index} (byte ${place.at})`)
    branch(place)
  }
}

function fixed(size: number): Walk {
  return (place) => walkFixed(place, size)
}
