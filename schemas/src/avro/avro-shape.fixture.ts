import { z } from 'zod'
import { Bytes, Timestamp } from '../events/scalars.ts'

/** What a type looks like to Avro, without names and docs. */
export type AvroNode =
  | string
  | { nullable: AvroNode }
  | { record: Record<string, AvroNode> }
  | { array: AvroNode }
  | { map: AvroNode }
  | { enum: readonly string[] }

/** The Avro shape that a zod type stands for. Throws for a type that Avro, or this, does not know. */
export function toAvroShape(schema: unknown): AvroNode {
  if (schema === Bytes) return 'bytes'
  if (schema === Timestamp) return 'timestamp-millis'
  if (schema instanceof z.ZodNullable) return { nullable: toAvroShape(schema.unwrap()) }
  if (schema instanceof z.ZodObject) {
    return {
      record: Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, toAvroShape(field)])),
    }
  }
  if (schema instanceof z.ZodArray) return { array: toAvroShape(schema.element) }
  if (schema instanceof z.ZodRecord) return { map: toAvroShape(schema.valueType) }
  if (schema instanceof z.ZodEnum) return { enum: schema.options as string[] }
  if (schema instanceof z.ZodString || schema instanceof z.ZodUUID) return 'string'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodNumberFormat) return schema._zod.def.format === 'int32' ? 'int' : 'long'
  if (schema instanceof z.ZodNumber) return 'double'
  throw new Error('no Avro shape is known for this zod type')
}
