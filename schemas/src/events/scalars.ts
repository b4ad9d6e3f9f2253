import { z } from 'zod'

/** C0 and C1 by their numbers, so written that the regular expressions of other languages read it too. */
export const NO_CONTROL_CHARACTERS = new RegExp(String.raw`^[^\x00-\x1f\x7f-\x9f]*$`)

const ShortText = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .regex(NO_CONTROL_CHARACTERS, 'must not contain control characters')

/** An id in the sender's system: 1–200 characters (UTF-16 code units), no control characters. */
export const ConversationId = ShortText

/**
 * Whether an address can name the id. Clients and proxies take `.` and `..` for steps of the path, also when they are
 * percent-encoded. Events may have such ids all the same: a record cannot be refused as a request can.
 */
export const isAddressable = (id: string): boolean => id !== '.' && id !== '..'
export const NOT_ADDRESSABLE = 'must not be . or ..: no address can name it'

/** The name of a system: the same rule as an id. */
export const SourceName = ShortText

/** Milliseconds since 1970-01-01T00:00:00Z. Years 1–9999: what RFC 3339, and most languages' dates, can say. */
export const Timestamp = z
  .int('must be a whole number of milliseconds')
  .min(-62_135_596_800_000, 'must not be before the year 1')
  .max(253_402_300_799_999, 'must not be after the year 9999')

/** A count that travels as an Avro int. */
export const Count = z.int32().min(0)

/** A count that travels as an Avro long. avsc takes numbers up to 2^53 - 2. */
export const LongCount = z
  .int()
  .min(0)
  .max(2 ** 53 - 2)

/** Raw bytes. */
export const Bytes = z.custom<Buffer>((value) => Buffer.isBuffer(value), 'must be bytes')
