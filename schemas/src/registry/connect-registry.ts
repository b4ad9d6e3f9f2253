import { COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry'
import { createAsk } from './ask-registry.ts'
import { findSchema, type Lookup } from './find-schema.ts'
import { createGetJson } from './get-json.ts'
import type { AvroRecord } from '../topics.ts'

export interface RegistryOptions {
  /** The Confluent API, e.g. `http://127.0.0.1:8081/apis/ccompat/v7`. */
  url: string
  auth?: { username: string; password: string }
  /** The longest that one question to the registry may take. */
  timeoutMs: number
}

export interface Registry {
  /** Never rejects for reasons of the registry or the network. */
  findSchema(id: number): Promise<Lookup>
  /** Throws RegistryAway, SchemaNotRegistered. */
  findId(subject: string, avro: AvroRecord): Promise<number>
  /** Registers the schema; the subject's compatibility is BACKWARD afterwards. Throws RegistryAway, SchemaRefused. */
  register(subject: string, avro: AvroRecord): Promise<void>
}

/**
 * The registry does not answer, or not as a registry does: unreachable, too slow, 5xx, credentials refused, wrong
 * address.
 */
export class RegistryAway extends Error {
  override name = 'RegistryAway'
}

/** The registry answers but has not got this schema under this subject: provisioning has not run. */
export class SchemaNotRegistered extends Error {
  override name = 'SchemaNotRegistered'
}

/**
 * The registry will not take the schema: it is incompatible with its predecessor, or the subject is kept by other
 * rules.
 */
export class SchemaRefused extends Error {
  override name = 'SchemaRefused'
}

/**
 * Access to the schema registry. What its answers to our own schemas mean is decided here; strangers' schemas are
 * `findSchema`'s, because what strangers register is bounded in every way.
 */
export function connectRegistry(options: RegistryOptions): Registry {
  const host = options.url.replace(/\/+$/, '')
  const ask = createAsk({ ...options, host })
  const get = createGetJson({ ...options, host })

  return {
    async findSchema(id) {
      const lookup = await findSchema(get, id)
      return lookup.kind === 'away' ? { kind: 'away', detail: describeAway(host, lookup.detail) } : lookup
    },

    async findId(subject, avro) {
      const outcome = await ask((client) => client.getRegistryIdBySchema(subject, toAvro(avro)))
      if (outcome.ok) return checkId(host, outcome.value)
      const { error } = outcome
      if (saysNotRegistered(error)) {
        throw new SchemaNotRegistered(`${subject} has no schema like ours: ${error.message} (run the provisioning)`, {
          cause: error,
        })
      }
      throw new RegistryAway(describeAway(host, error.message), { cause: error })
    },

    async register(subject, avro) {
      const register = () =>
        ask((client) => client.register(toAvro(avro), { subject, compatibility: COMPATIBILITY.BACKWARD }))
      let outcome = await register()
      for (let again = 0; again < 2 && !outcome.ok && isHalfDone(outcome.error); again++) {
        await setBackward(host, subject, options)
        outcome = await register()
      }
      if (outcome.ok) return void checkId(host, outcome.value.id)
      const { error } = outcome
      const refused =
        error.name === 'ConfluentSchemaRegistryCompatibilityError' || error.status === 409 || error.status === 422
      if (refused) throw new SchemaRefused(`${subject}: ${error.message}`, { cause: error })
      throw new RegistryAway(describeAway(host, error.message), { cause: error })
    },
  }
}

/**
 * The schema as the registry gets it. Apicurio 3.3.3 does not recognise a new schema as Avro when its text holds `"{}"`
 * (ConversationReceived's default for metadata); with the braces escaped it is the same schema and is recognised.
 */
function toAvro(avro: AvroRecord) {
  const schema = JSON.stringify(avro).replaceAll('"{}"', '"\\u007b\\u007d"')
  return { type: SchemaType.AVRO as const, schema }
}

/** "Subject 's' not found.", "Schema not found", "The given schema does not match any schema under the subject s". */
function saysNotRegistered(error: Error): boolean {
  const is404 = error.name === 'ConfluentSchemaRegistryError' // the client's name for it, without a status
  return is404 && /\b(subject|schema)\b.*\bnot (found|match)\b/i.test(error.message)
}

/** The client passes on whatever a 200 holds, also when another server sent it. */
function checkId(host: string, id: unknown): number {
  if (Number.isSafeInteger(id) && Number(id) > 0) return Number(id)
  throw new RegistryAway(`${host} answers, but not as a schema registry`)
}

function describeAway(host: string, detail: string): string {
  return `schema registry at ${host.replace(/\/\/[^/@]*@/, '//')}: ${detail}`
}

/**
 * A registration has two steps, the schema and then the subject's rule. One that broke off between them, or another one
 * that is between them now, leaves a subject without a rule: Apicurio reports NONE and the client refuses. Two that
 * take the second step at once: Apicurio refuses one, the rule already exists. In both cases the rule is set and we try
 * again.
 */
function isHalfDone(error: Error & { status?: number }): boolean {
  const hasNoRule = error.name === 'ConfluentSchemaRegistryCompatibilityError' && /!= NONE\b/.test(error.message)
  return hasNoRule || (error.status === 409 && /\balready exists\b/.test(error.message))
}

async function setBackward(host: string, subject: string, { auth, timeoutMs }: RegistryOptions): Promise<void> {
  const headers: Record<string, string> = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  if (auth) headers['authorization'] = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
  const request = {
    method: 'PUT',
    headers,
    body: JSON.stringify({ compatibility: COMPATIBILITY.BACKWARD }),
    signal: AbortSignal.timeout(timeoutMs),
  }
  const response = await fetch(`${host}/config/${encodeURIComponent(subject)}`, request).catch((error: unknown) => {
    throw new RegistryAway(`schema registry at ${host}: ${String(error)}`, { cause: error })
  })
  await response.body?.cancel()
  if (!response.ok && response.status !== 409)
    throw new SchemaRefused(`${subject}: its compatibility cannot be set (status ${response.status})`)
}
