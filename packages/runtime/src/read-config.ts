import { z } from 'zod'
import { type ApiKey, ApiKeysError, parseApiKeys, refuseOpenListening } from './http/api-keys.ts'

/** Every fault of the environment at once, one a line, for the operator to fix: so it comes without a stack. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly #faults: string[]

  constructor(faults: string[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
    super(`the environment has ${count}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.stack = `${this.name}: ${this.message}`
    this.#faults = faults
  }

  get faults(): string[] {
    return this.#faults
  }
}

/**
 * Reads the variables of `schema` from `env`. An empty value counts as absent; variables that the schema does not know
 * are let be. A variable's `.meta()` may say `secret: true` (its value is never shown) and `requires: [names]` (those
 * must be given when it is). A process that knows API keys must not listen beyond loopback without them.
 * @throws ConfigError with every fault: the variable's name, what was given unless secret, and what to do
 */
export function readConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const names = Object.keys(schema.shape)
  const given = new Map(names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])))
  const parsed = schema.safeParse(Object.fromEntries(given))
  const faults = [
    ...(parsed.success ? [] : describeIssues(schema, given, parsed.error.issues)),
    ...missingCompanions(schema, given),
    ...(parsed.success ? openListening(parsed.data) : []),
  ]
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  return parsed.data
}

/**
 * A whole number in plain decimal digits; `10abc`, `1e3`, `0x10` and ` 7 ` are faults, and so are those out of range.
 */
export function integer(range: { min?: number; max?: number } = {}) {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range
  return z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be ${rangeText(range)}` })
}

/** A number in plain decimal notation (`0.75`), as strict as `integer`. */
export function decimal(range: { min?: number; max?: number } = {}) {
  const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = range
  return z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be ${rangeText(range)}` })
}

/** A TCP port; 0 lets the system choose one. */
export function port() {
  return integer({ min: 0, max: 65_535 })
}

/** The address of an HTTP service that paths are put behind; who logs in there is said by variables of their own. */
export function httpUrl() {
  return z
    .url({
      protocol: /^https?$/,
      error: 'must be an http or https address, such as http://127.0.0.1:8081',
      abort: true,
    })
    .refine((url) => !/[?#]/.test(url), 'must not hold ? or #')
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'must hold no user name or password')
}

/** Text that is sent in a header: what an editor or a copy adds to it would make every request fail. */
export function headerText() {
  return z
    .string()
    .regex(
      /^[\x21-\x7E]+$/,
      'must be visible ASCII characters: no space, no line end, no quotation mark of a text program',
    )
}

const HOST_PORT = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s,:\[\]]+):\d{1,5}`

export const kafkaVariables = {
  KAFKA_BROKERS: z
    .string()
    .regex(new RegExp(`^${HOST_PORT}(\\s*,\\s*${HOST_PORT})*$`), 'must be host:port, or several separated by commas')
    .transform((brokers) => brokers.split(/\s*,\s*/))
    .describe('Kafka bootstrap brokers: `host:port`, comma-separated'),
  KAFKA_SSL: z.stringbool().default(false).describe('Whether to speak TLS to the brokers'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .meta({
      description: 'SASL mechanism (`plain`, `scram-sha-256`, `scram-sha-512`); without it no authentication',
      requires: ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
    }),
  KAFKA_SASL_USERNAME: z
    .string()
    .optional()
    .meta({ description: 'SASL user name', requires: ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_PASSWORD'] }),
  KAFKA_SASL_PASSWORD: z
    .string()
    .optional()
    .meta({
      description: 'SASL password',
      secret: true,
      requires: ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME'],
    }),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be at most 100 letters, digits, dots, dashes and underscores')
    .default('')
    .describe(
      'Put before the name of every topic, subject and consumer group, so that several pipelines share a cluster',
    ),
}

export const registryVariables = {
  SCHEMA_REGISTRY_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .describe('Address of the schema registry (the Confluent API)'),
  SCHEMA_REGISTRY_USERNAME: z
    .string()
    .optional()
    .meta({ description: 'User name for the schema registry', requires: ['SCHEMA_REGISTRY_PASSWORD'] }),
  SCHEMA_REGISTRY_PASSWORD: z
    .string()
    .optional()
    .meta({ description: 'Password for the schema registry', secret: true, requires: ['SCHEMA_REGISTRY_USERNAME'] }),
}

/** Of what reads records. */
export const readerVariables = {
  SCHEMA_WAIT_SECONDS: decimal({ min: 0.1, max: 86_400 })
    .default(600)
    .describe(
      'How long records wait for a schema that the registry does not give although it answers for others; then they are given up, to be published again',
    ),
}

export const serviceVariables = {
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least severe level that is logged: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`'),
  HOST: z
    .string()
    .transform((host) => host.replace(/^\[(.+)\]$/, '$1'))
    .default('127.0.0.1')
    .describe('Address to listen on; beyond loopback API_KEYS are needed'),
  API_KEYS: z.string().transform(toApiKeys).default([]).meta({
    description:
      'Who may call: `name:sha256-hex[:scope+scope[:rps]]`, comma-separated; scopes `ingest`, `read`, `admin` (default all)',
    secret: true,
  }),
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((hosts) =>
      hosts
        .toLowerCase()
        .split(',')
        .map((host) => host.trim())
        .filter(Boolean),
    )
    .describe(
      'Without API_KEYS: further host names, comma-separated, under which it may be asked besides localhost, 127.0.0.1, [::1] and HOST; `*`: any',
    ),
  ALLOW_ANONYMOUS: z
    .stringbool()
    .default(false)
    .describe('Listen beyond loopback without API_KEYS, because something in front checks who calls'),
  STOP_DEADLINE_MS: integer({ min: 100 })
    .default(20_000)
    .describe('How long a clean stop may take, in ms; below the grace period of whatever stops the process'),
}

export interface Variable {
  name: string
  /** As it would be written in the environment; null when there is none. */
  default: string | null
  required: boolean
  description: string
}

/** What the configuration table of the README is generated from, in the schema's order. */
export function describeVariables(schema: z.ZodObject): Variable[] {
  return Object.entries(schema.shape).map(([name, variable]) => {
    // What a parse makes of an absent value is the default, however the schema says so (default, prefault, transform).
    const absent = z.safeParse(variable, undefined)
    return {
      name,
      default: absent.success && absent.data !== undefined && absent.data !== null ? asText(absent.data) : null,
      required: !absent.success,
      description: metaOf(variable).description ?? '',
    }
  })
}

type VariableMeta = { description?: string | undefined; secret?: unknown; requires?: unknown }

// `.optional()`, `.default()` and `.transform()` wrap a schema, what was said about the inner one holds.
function metaOf(variable: z.core.$ZodType): VariableMeta {
  const { def } = variable._zod
  const inner = 'innerType' in def ? def.innerType : 'in' in def ? def.in : undefined
  return { ...(inner instanceof z.core.$ZodType ? metaOf(inner) : {}), ...z.globalRegistry.get(variable) }
}

function describeIssues(schema: z.ZodObject, given: Map<string, string>, issues: z.core.$ZodIssue[]): string[] {
  const byVariable = Map.groupBy(issues, (issue) => String(issue.path[0] ?? ''))
  return [...byVariable].map(([name, ofVariable]) => {
    const messages = [...new Set(ofVariable.map(messageOf))].join('; ')
    const variable = schema.shape[name]
    if (variable === undefined) return messages // a rule of the service's over several variables
    const meta = metaOf(variable)
    const means = meta.description === undefined ? '' : ` (${meta.description})`
    const value = given.get(name)
    return value === undefined ? `${name} is missing${means}` : `${name}${show(name, value, meta)}: ${messages}${means}`
  })
}

function missingCompanions(schema: z.ZodObject, given: Map<string, string>): string[] {
  return [...given.keys()].flatMap((name) => {
    const variable = schema.shape[name]
    const requires = variable === undefined ? undefined : metaOf(variable).requires
    const missing = Array.isArray(requires) ? requires.filter((other) => !given.has(other)) : []
    return missing.map((other) => `${other} is missing, and ${name} is set: set both or neither`)
  })
}

function openListening(config: Record<string, unknown>): string[] {
  const { HOST, API_KEYS, ALLOW_ANONYMOUS } = config
  if (typeof HOST !== 'string' || !Array.isArray(API_KEYS) || typeof ALLOW_ANONYMOUS !== 'boolean') return []
  const refusal = refuseOpenListening(HOST, API_KEYS as ApiKey[], ALLOW_ANONYMOUS)
  return refusal === null ? [] : [refusal]
}

// A variable can be secret without having been declared so; then its name gives it away, or an `@`, before which an
// address has a password, and in a password may stand what ends an address.
function show(name: string, value: string, meta: VariableMeta): string {
  if (meta.secret === true || /PASSWORD|SECRET|TOKEN|_KEYS?$/.test(name) || value.includes('@')) return ''
  return `=${JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)}`
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const stringbool = 'expected' in issue && issue.expected === 'stringbool'
    const values = stringbool ? ['true', 'false'] : issue.values.map(String)
    return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`
  }
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'must be a number'
  return issue.message
}

function rangeText({ min, max }: { min?: number; max?: number }): string {
  if (min !== undefined && max !== undefined) return `between ${min} and ${max}`
  if (min !== undefined) return `at least ${min}`
  return max === undefined ? 'a number that can be held exactly' : `at most ${max}`
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function toApiKeys(list: string, context: z.core.$RefinementCtx<string>) {
  try {
    return parseApiKeys(list)
  } catch (error) {
    if (!(error instanceof ApiKeysError)) throw error
    for (const fault of error.faults) context.addIssue(fault)
    return z.NEVER
  }
}
