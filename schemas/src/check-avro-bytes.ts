import avsc, { type Type } from 'avsc'

const { types } = avsc

/** Walks the bytes of one value and moves the cursor past it; throws `BytesFault`. */
type Walk = (cursor: Cursor) => void

interface Cursor {
  bytes: Buffer
  at: number
}

class BytesFault extends Error {}

/**
 * A check that a payload is exactly one value of the writer's schema: null, or what is wrong with it.
 *
 * avsc believes every count and length it reads and looks only at the end whether it ran past the buffer. Ten bytes that
 * announce an array of two thousand million items would keep a consumer busy until its memory is gone, after every
 * restart again. So counts and lengths are held against the bytes that are really there before avsc sees them.
 * Throws at once for a schema with arrays or maps whose items take no bytes, because there no such check is possible.
 */
export function checkAvroBytes(writer: Type): (payload: Buffer) => string | null {
  const walk = compile(writer, new Map())
  return (payload) => {
    const cursor: Cursor = { bytes: payload, at: 0 }
    try {
      walk(cursor)
    } catch (error) {
      if (error instanceof BytesFault) return error.message
      if (error instanceof RangeError) return 'the value is nested too deeply' // the stack of a recursive schema
      throw error
    }
    const left = payload.length - cursor.at
    return left === 0 ? null : `${left} bytes are left after the value`
  }
}

function compile(type: Type, done: Map<Type, Walk>): Walk {
  const known = done.get(type)
  if (known !== undefined) return known
  const recursive: { walk?: Walk } = {} // stands in while a schema that holds itself is being compiled
  done.set(type, (cursor) => recursive.walk?.(cursor))
  const walk = compileNew(type, done)
  recursive.walk = walk
  done.set(type, walk)
  return walk
}

function compileNew(type: Type, done: Map<Type, Walk>): Walk {
  if (type instanceof types.RecordType) return walkRecord(type.fields.map((field) => compile(field.type, done)))
  if (type instanceof types.ArrayType) return walkBlocks(compileItem(type.itemsType, done))
  if (type instanceof types.MapType) {
    const value = compile(type.valuesType, done)
    return walkBlocks({
      leastBytes: 1,
      walk: (cursor) => {
        walkText(cursor)
        value(cursor)
      },
    })
  }
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
    return walkUnion(type.types.map((branch) => compile(branch, done)))
  }
  if (type instanceof types.LogicalType) return compile(type.underlyingType, done)
  if (type instanceof types.FixedType) return walkFixed(type.size)
  switch (type.typeName) {
    case 'null':
      return walkFixed(0)
    case 'boolean':
      return walkFixed(1)
    case 'float':
      return walkFixed(4)
    case 'double':
      return walkFixed(8)
    case 'string':
    case 'bytes':
      return walkText
    case 'int':
    case 'long':
    case 'enum':
      return walkVarint
    default:
      throw new Error(`Avro type ${type.typeName} is not known here`)
  }
}

function compileItem(type: Type, done: Map<Type, Walk>): { leastBytes: number; walk: Walk } {
  const leastBytes = leastBytesOf(type, new Set())
  if (leastBytes === 0) throw new Error('the schema has an array whose items take no bytes')
  return { leastBytes, walk: compile(type, done) }
}

/** Lower bound of a value's size. A record inside itself sits behind a union, array or map, which takes a byte itself. */
function leastBytesOf(type: Type, above: Set<Type>): number {
  if (type instanceof types.LogicalType) return leastBytesOf(type.underlyingType, above)
  if (type instanceof types.FixedType) return type.size
  if (type instanceof types.RecordType) {
    if (above.has(type)) return 0
    const inside = new Set(above).add(type)
    return type.fields.reduce((sum, field) => sum + leastBytesOf(field.type, inside), 0)
  }
  return { null: 0, float: 4, double: 8 }[type.typeName as string] ?? 1
}

function walkRecord(fields: Walk[]): Walk {
  return (cursor) => {
    for (const field of fields) field(cursor)
  }
}

/** Arrays and maps: blocks of a count and the items, until a count of 0; a negative count is followed by a byte size. */
function walkBlocks({ leastBytes, walk }: { leastBytes: number; walk: Walk }): Walk {
  return (cursor) => {
    for (;;) {
      let count = readLong(cursor)
      if (count === 0) return
      let end: number | null = null
      if (count < 0) {
        count = -count
        const size = readLong(cursor)
        end = cursor.at + size
      }
      if (count * leastBytes > cursor.bytes.length - cursor.at) {
        throw new BytesFault(`${count} items are announced at byte ${cursor.at}, more than the record can hold`)
      }
      for (let i = 0; i < count; i++) walk(cursor)
      if (end !== null && end !== cursor.at)
        throw new BytesFault(`the block that ends at byte ${cursor.at} lies about its size`)
    }
  }
}

function walkUnion(branches: Walk[]): Walk {
  return (cursor) => {
    const index = readLong(cursor)
    const branch = branches[index]
    if (branch === undefined) throw new BytesFault(`there is no union branch ${index} (byte ${cursor.at})`)
    branch(cursor)
  }
}

function walkFixed(size: number): Walk {
  return (cursor) => advance(cursor, size)
}

/** A string or bytes. */
function walkText(cursor: Cursor): void {
  advance(cursor, readLong(cursor))
}

function walkVarint(cursor: Cursor): void {
  const { bytes } = cursor
  const limit = Math.min(bytes.length, cursor.at + 10)
  let at = cursor.at
  while (at < limit && (bytes[at] ?? 0) >= 0x80) at++
  if (at >= limit) throw truncated(cursor)
  cursor.at = at + 1
}

/** A zigzag varint as a number; loses precision above 2^53, which no size or count in a real record reaches. */
function readLong(cursor: Cursor): number {
  const { bytes } = cursor
  const first = bytes[cursor.at]
  if (first !== undefined && first < 0x80) {
    cursor.at++
    return (first >>> 1) ^ -(first & 1)
  }
  const start = cursor.at
  walkVarint(cursor)
  let value = 0
  for (let at = cursor.at - 1; at >= start; at--) value = value * 128 + ((bytes[at] ?? 0) & 0x7f)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function advance(cursor: Cursor, size: number): void {
  if (size < 0) throw new BytesFault(`a length of ${size} at byte ${cursor.at}`)
  if (size > cursor.bytes.length - cursor.at) throw truncated(cursor)
  cursor.at += size
}

function truncated(cursor: Cursor): BytesFault {
  return new BytesFault(`the value does not end within the record's ${cursor.bytes.length} bytes (byte ${cursor.at})`)
}
