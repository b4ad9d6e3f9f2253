import type { Type } from 'avsc'
import type { Got } from './get-json.ts'
import { readWriterSchema } from '../avro/read-writer-schema.ts'

/**
 * `unknown`: the registry says that it has no such schema. `unusable`: it has one, but no Avro that we could read by.
 */
export type Lookup =
  | { kind: 'found'; type: Type }
  | { kind: 'unknown' }
  | { kind: 'unusable'; detail: string }
  | { kind: 'away'; detail: string }

type Get = (path: string) => Promise<Got>

/** A schema as the registry answers. */
interface Stored {
  schema: string
  schemaType?: unknown
  references?: unknown
}

interface Reference {
  subject: string
  version: number
}

const MAX_REFERENCES = 16

/** Looks up the schema of an id with the schemas that it refers to. Never rejects for reasons of the registry. */
export async function findSchema(get: Get, id: number): Promise<Lookup> {
  const got = await get(`/schemas/ids/${id}`)
  if (saysNotFound(got, /\bschema\b.*\bnot found\b/i)) return { kind: 'unknown' }
  const stored = readStored(got)
  if ('kind' in stored) return stored
  const texts = new Map<string, string>()
  const failure = await addReferences(get, stored, texts, new Set())
  if (failure !== null) return failure
  const read = readWriterSchema([...texts.values(), stored.schema])
  return 'fault' in read ? { kind: 'unusable', detail: read.fault } : { kind: 'found', type: read.type }
}

type Failure = Extract<Lookup, { kind: 'unusable' | 'away' }>

/** Adds what a schema refers to, each after what it needs itself; null when all was found. */
async function addReferences(
  get: Get,
  { schemaType, references }: Stored,
  texts: Map<string, string>,
  seen: Set<string>,
): Promise<Failure | null> {
  if (typeof schemaType === 'string' && schemaType !== 'AVRO') return unusable('it is not an Avro schema')
  if (references === undefined || references === null) return null
  if (!Array.isArray(references) || !references.every(isReference)) return unusable('its references cannot be read')
  for (const { subject, version } of references) {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    if (seen.has(path)) continue // taken already, or a circle, of which the compiling will say that a name is missing
    if (seen.size === MAX_REFERENCES) return unusable(`it refers to more than ${MAX_REFERENCES} other schemas`)
    seen.add(path)
    const got = await get(path)
    const stored = readStored(got)
    if ('kind' in stored)
      return { kind: 'away', detail: `${subject}, version ${version}, to which it refers: ${stored.detail}` }
    const failure = await addReferences(get, stored, texts, seen)
    if (failure !== null) return failure
    texts.set(path, stored.schema)
  }
  return null
}

/**
 * A 404 alone is not enough: a proxy, or a registry under another path, says 404 to everything, and every record would
 * be given up. "Schema 7 not found" is what Confluent, Apicurio, Karapace and Redpanda say.
 */
function saysNotFound(got: Got, words: RegExp): boolean {
  return got.kind === 'answer' && got.status === 404 && words.test(messageOf(got.body).slice(0, 1_000))
}

/** Anything but a schema is the registry being away: it may be a proxy's page, or a fault of the registry. */
function readStored(got: Got): Stored | Failure {
  if (got.kind === 'away') return got
  if (got.status === 200 && isStored(got.body)) return got.body
  const message = messageOf(got.body) || 'no answer of a schema registry'
  return { kind: 'away', detail: `HTTP ${got.status}: ${message.slice(0, 200)}` }
}

function isStored(body: unknown): body is Stored {
  return typeof body === 'object' && body !== null && 'schema' in body && typeof body.schema === 'string'
}

function isReference(value: unknown): value is Reference {
  const { subject, version } = (value ?? {}) as Record<string, unknown>
  return typeof subject === 'string' && Number.isSafeInteger(version)
}

function messageOf(body: unknown): string {
  const isError = typeof body === 'object' && body !== null && 'message' in body
  return isError && typeof body.message === 'string' ? body.message : ''
}

function unusable(detail: string): Failure {
  return { kind: 'unusable', detail }
}
