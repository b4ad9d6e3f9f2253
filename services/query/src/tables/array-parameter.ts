/** What an element of a list is, by the type of its column in Postgres; null is null. */
interface Elements {
  text: string
  bool: boolean
  int4: number
  /** A whole number that a double holds exactly. */
  int8: number
  float8: number
  /** Epoch milliseconds. */
  timestamp: number
  /** Epoch milliseconds. */
  timestamptz: number
}

export type ElementType = keyof Elements

/**
 * A list as pg sends it for a parameter `$1::type[]`. pg's own way makes a text of each number and escapes each text
 * twice: of a statement with 3,000 rows of 21 columns that is most of what the client does, and Postgres reads the
 * texts again. Here what has a fixed width travels in Postgres' binary format (`array_recv`), texts in one literal.
 */
export function arrayParameter<T extends ElementType>(
  type: T,
  values: readonly (Elements[T] | null)[],
): string | Buffer {
  return type === 'text'
    ? toLiteral(values as readonly (string | null)[])
    : toBinary(FIXED[type as Exclude<ElementType, 'text'>], values as readonly (number | boolean | null)[])
}

const ESCAPED = /["\\]/g

/** `{"a",NULL,"b \"c\""}` */
function toLiteral(texts: readonly (string | null)[]): string {
  let literal = ''
  for (const text of texts) {
    const element = text === null ? 'NULL' : `"${/["\\]/.test(text) ? text.replaceAll(ESCAPED, '\\$&') : text}"`
    literal += literal === '' ? element : `,${element}`
  }
  return `{${literal}}`
}

interface FixedType {
  /** In Postgres' catalogue `pg_type`. */
  oid: number
  bytes: number
  write: (buffer: Buffer, value: number, at: number) => void
}

const FIXED: Record<Exclude<ElementType, 'text'>, FixedType> = {
  bool: { oid: 16, bytes: 1, write: (buffer, value, at) => void (buffer[at] = Number(value)) },
  int4: { oid: 23, bytes: 4, write: (buffer, value, at) => void buffer.writeInt32BE(value, at) },
  int8: { oid: 20, bytes: 8, write: (buffer, value, at) => writeWhole(buffer, value, 1, at) },
  float8: { oid: 701, bytes: 8, write: (buffer, value, at) => void buffer.writeDoubleBE(value, at) },
  timestamp: { oid: 1114, bytes: 8, write: writeTime },
  timestamptz: { oid: 1184, bytes: 8, write: writeTime },
}

/** 2000-01-01T00:00:00Z in epoch ms; Postgres counts microseconds from then. */
const EPOCH_OF_POSTGRES = 946_684_800_000
const HEADER_BYTES = 20

/** Dimensions (one), whether there are nulls, the elements' type, how many and from which index; then the elements. */
function toBinary({ oid, bytes, write }: FixedType, values: readonly (number | boolean | null)[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + bytes))
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(values.length, 12)
  buffer.writeInt32BE(1, 16)
  let at = HEADER_BYTES
  for (const value of values) {
    buffer.writeInt32BE(value === null ? -1 : bytes, at)
    at += 4
    if (value === null) continue
    write(buffer, value as number, at)
    at += bytes
  }
  return buffer.subarray(0, at)
}

function writeTime(buffer: Buffer, ms: number, at: number): void {
  writeWhole(buffer, ms - EPOCH_OF_POSTGRES, 1000, at)
}

/**
 * `value` × `factor`, in two halves: beyond 2^53, which is the year 2285 in microseconds, a product loses digits.
 * Throws for what is no whole number: in binary it would become another one.
 */
function writeWhole(buffer: Buffer, value: number, factor: number, at: number): void {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not a whole number`)
  const high = Math.floor(value / TWO_32)
  const low = (value - high * TWO_32) * factor
  const carry = Math.floor(low / TWO_32)
  buffer.writeInt32BE(high * factor + carry, at)
  buffer.writeUInt32BE(low - carry * TWO_32, at + 4)
}

const TWO_32 = 2 ** 32
