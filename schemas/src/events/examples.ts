import { readdirSync, readFileSync } from 'node:fs'
import avsc from 'avsc'
import { topics, type EventOf, type TopicId } from '../topics.ts'
import { HEADER_BYTES, writeHeader } from '../avro/wire-format.ts'

export interface GoodExample<T> {
  name: string
  description: string
  /** The record's key. */
  key: string
  value: T
}

export interface BadExample {
  name: string
  description: string
  expect: { class: 'undecodable' | 'invalid'; retryable: boolean; pointers: string[] }
  /** The record's value, as a writer whose schema has this id would have put it there. */
  toWire(writerId: number): Buffer | null
}

/** A bad example's file; what `wire` means is said in examples/README.md. */
interface BadFile {
  name: string
  description: string
  value?: unknown
  wire?: { base64: string | null } | { payloadBase64: string } | { schemaId: number }
  expect: BadExample['expect']
}

/** Events that every consumer must take. */
export function goodExamples<K extends TopicId>(topic: K): GoodExample<EventOf<K>>[] {
  return readExamples<GoodExample<unknown>>(topic, 'good').map(({ name, description, key, value }) => ({
    name,
    description,
    key,
    value: reviveBytes(topic, value) as EventOf<K>,
  }))
}

/** Records that must end as failures. */
export function badExamples(topic: TopicId): BadExample[] {
  return readExamples<BadFile>(topic, 'bad').map(({ name, description, value, wire, expect }) => ({
    name,
    description,
    expect,
    toWire(writerId) {
      if (wire !== undefined && 'base64' in wire)
        return wire.base64 === null ? null : Buffer.from(wire.base64, 'base64')
      if (wire !== undefined && 'payloadBase64' in wire)
        return toWire(writerId, Buffer.from(wire.payloadBase64, 'base64'))
      const type = avsc.Type.forSchema(topics[topic].avro as Parameters<typeof avsc.Type.forSchema>[0])
      return toWire(wire?.schemaId ?? writerId, type.toBuffer(reviveBytes(topic, value)))
    },
  }))
}

function toWire(schemaId: number, payload: Buffer): Buffer {
  return Buffer.concat([writeHeader(Buffer.alloc(HEADER_BYTES), schemaId), payload])
}

function readExamples<T>(topic: TopicId, kind: 'good' | 'bad'): (T & { name: string })[] {
  const folder = new URL(`../../examples/${topics[topic].name}/${kind}/`, import.meta.url)
  const files = readdirSync(folder).toSorted()
  return files.map((file) => {
    const example = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as T
    return Object.assign(example as T & object, { name: file.replace(/\.json$/, '') })
  })
}

/** JSON has no bytes: those of `original` are base64 in the files. */
function reviveBytes(topic: TopicId, value: unknown): unknown {
  if (topic !== 'analysisFailed') return value
  const failed = value as { original: { key: Base64; value: Base64; headers: { name: string; value: Base64 }[] } }
  const { key, value: bytes, headers } = failed.original
  return {
    ...failed,
    original: {
      key: toBytes(key),
      value: toBytes(bytes),
      headers: headers.map(({ name, value }) => ({ name, value: toBytes(value) })),
    },
  }
}

type Base64 = string | null
const toBytes = (text: Base64): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'))
